/**
 * A copy of the project's sources with one more venue, `twin`: Binance's folder under another name.
 * Its decoder throws once for each file `fault` that is put into the folder: a real uncaught error
 * in a real worker of a real process, without a hook in the product.
 */
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './cli-process.ts';

const COPIED = ['package.json', 'tsconfig.json', 'schemas', 'sql', 'src', 'web', 'workers'];
const DECODE = /\n {2}decode\([^)]*\): DecodeOutcome \{/;
const THROW = `
    if (existsSync(FAULT)) {
      rmSync(FAULT);
      throw new Error('planted fault');
    }`;
const HEAD = `import { existsSync, rmSync } from 'node:fs';
const FAULT = \`\${import.meta.dirname}/fault\`;
`;

export interface TwinProject {
  readonly path: string;
  /** The next frame of the twin ends its worker. */
  plantFault(): void;
}

export function createTwinProject(path: string): TwinProject {
  for (const name of COPIED.filter((each) => existsSync(join(PROJECT, each)))) {
    cpSync(join(PROJECT, name), join(path, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(path, 'node_modules'));
  const twin = join(path, 'src/venues/twin');
  cpSync(join(path, 'src/venues/binance'), twin, { recursive: true });
  for (const name of readdirSync(twin).filter((each) => each.endsWith('.ts'))) {
    const text = readFileSync(join(twin, name), 'utf8').replaceAll("'binance", "'twin");
    writeFileSync(join(twin, name), text);
  }
  const protocol = join(twin, 'protocol.ts');
  const text = readFileSync(protocol, 'utf8');
  if (!DECODE.test(text)) throw new Error('the decoder is not where the fault is planted');
  writeFileSync(protocol, HEAD + text.replace(DECODE, (head) => head + THROW));
  return { path, plantFault: () => writeFileSync(join(twin, 'fault'), '') };
}
