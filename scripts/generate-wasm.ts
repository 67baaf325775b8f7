/**
 * Compiles `assembly/frame-scan.ts` (AssemblyScript) to `src/venues/kit/frame-scan.wasm`. Run as
 * `bun run gen`, with `--check` to compare only (exit code 1 when the committed module is stale).
 * The compiler is one of npm's and pinned, so every machine makes the same bytes; the freshness
 * test calls `compileFrameScan` too.
 */
import { dirname, join } from 'node:path';
import asc from 'assemblyscript/asc';
import { MEMORY_PAGES } from '../src/venues/kit/scan-memory.ts';

const ROOT = dirname(import.meta.dir);
const SOURCE = 'assembly/frame-scan.ts';
export const WASM_PATH = join(ROOT, 'src', 'venues', 'kit', 'frame-scan.wasm');
const OPTIONS = [
  ...['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert'],
  // What the module needs for itself lies below `HEADER`.
  ...['--memoryBase', '64', '--initialMemory', String(MEMORY_PAGES)],
  ...['--maximumMemory', String(MEMORY_PAGES)],
];

/** The module's bytes. Throws with the compiler's own message. */
export async function compileFrameScan(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([SOURCE, '--outFile', 'out.wasm', ...OPTIONS], {
    readFile: (name, base) => readSource(join(base, name)),
    writeFile: (_name, contents) => {
      if (contents instanceof Uint8Array) binary = contents;
    },
    listFiles: () => [],
  });
  const messages = stderr.toString();
  if (error !== null || messages !== '') throw new Error(`${error?.message ?? ''}\n${messages}`);
  if (binary === undefined) throw new Error('the compiler wrote nothing');
  return binary;
}

async function readSource(path: string): Promise<string | null> {
  const file = Bun.file(join(ROOT, path));
  return (await file.exists()) ? file.text() : null;
}

async function run(checkOnly: boolean): Promise<number> {
  const compiled = await compileFrameScan();
  if (!checkOnly) {
    await Bun.write(WASM_PATH, compiled);
    process.stdout.write(`${WASM_PATH.slice(ROOT.length + 1)}: ${compiled.length} bytes\n`);
    return 0;
  }
  const isFresh = Buffer.compare(compiled, await Bun.file(WASM_PATH).bytes()) === 0;
  if (!isFresh) process.stderr.write('src/venues/kit/frame-scan.wasm is stale\n');
  return isFresh ? 0 : 1;
}

if (import.meta.main) process.exitCode = await run(process.argv.includes('--check'));
