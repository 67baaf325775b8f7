/**
 * Compiles the modules in `assembly/` (AssemblyScript) to where they are used. Run as `bun run
 * gen`, with `--check` to compare only (exit code 1 when a committed module is stale). The compiler
 * is one of npm's and pinned, so every machine makes the same bytes; the freshness test calls
 * `compile` too.
 */
import { dirname, join } from 'node:path';
import asc from 'assemblyscript/asc';
import { MEMORY_PAGES as BOOK_PAGES } from '../src/book/level-memory.ts';
import { MEMORY_PAGES as SCAN_PAGES } from '../src/venues/kit/scan-memory.ts';

const ROOT = dirname(import.meta.dir);
const OPTIONS = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert'];
/** What a module needs for itself lies from here on, below all that is written to. */
const MEMORY_BASE = '64';

export interface WasmModule {
  readonly source: string;
  readonly target: string;
  readonly pages: number;
  /** Whether its memory may grow. */
  readonly grows: boolean;
}

export const MODULES: readonly WasmModule[] = [
  {
    source: 'assembly/frame-scan.ts',
    target: 'src/venues/kit/frame-scan.wasm',
    pages: SCAN_PAGES,
    grows: false,
  },
  {
    source: 'assembly/book-side.ts',
    target: 'src/book/book-side.wasm',
    pages: BOOK_PAGES,
    grows: true,
  },
];

/** The committed module. */
export function readCommitted({ target }: WasmModule): Promise<Uint8Array> {
  return Bun.file(join(ROOT, target)).bytes();
}

/** The module's bytes. Throws with the compiler's own message. */
export async function compile({ source, pages, grows }: WasmModule): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const memory = ['--memoryBase', MEMORY_BASE, '--initialMemory', String(pages)];
  const limit = grows ? [] : ['--maximumMemory', String(pages)];
  const options = [source, '--outFile', 'out.wasm', ...OPTIONS, ...memory, ...limit];
  const { error, stderr } = await asc.main(options, {
    readFile: (name, base) => readSource(join(base, name)),
    writeFile: (_name, contents) => {
      if (contents instanceof Uint8Array) binary = contents;
    },
    listFiles: () => [],
  });
  const messages = stderr.toString();
  if (error !== null || messages !== '') throw new Error(`${error?.message ?? ''}\n${messages}`);
  if (binary === undefined) throw new Error(`${source}: the compiler wrote nothing`);
  return binary;
}

async function readSource(path: string): Promise<string | null> {
  const file = Bun.file(join(ROOT, path));
  return (await file.exists()) ? file.text() : null;
}

async function run(checkOnly: boolean): Promise<number> {
  let staleCount = 0;
  for (const module of MODULES) {
    const compiled = await compile(module);
    if (!checkOnly) {
      await Bun.write(join(ROOT, module.target), compiled);
      process.stdout.write(`${module.target}: ${compiled.length} bytes\n`);
    } else if (Buffer.compare(compiled, await readCommitted(module)) !== 0) {
      process.stderr.write(`${module.target} is stale\n`);
      staleCount += 1;
    }
  }
  return staleCount === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await run(process.argv.includes('--check'));
