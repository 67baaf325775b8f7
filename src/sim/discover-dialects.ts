/** Finds the dialects: every `src/venues/<venue>/sim.ts`. Nothing lists them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import { UsageError } from '../base/errors.ts';
import type { SimDialect, SimModule } from '../venues/sim-contract.ts';

const VENUES = join(import.meta.dirname, '..', 'venues');

/** All dialects sorted by feed, or those of `feeds`; throws `UsageError` for one there is not. */
export async function discoverDialects(feeds?: readonly string[]): Promise<readonly SimDialect[]> {
  const folders = readdirSync(VENUES, { withFileTypes: true })
    .filter((each) => each.isDirectory() && existsSync(join(VENUES, each.name, 'sim.ts')))
    .map((each) => each.name);
  const dialects: SimDialect[] = [];
  for (const folder of folders) {
    const module: SimModule = await import(join(VENUES, folder, 'sim.ts'));
    for (const dialect of module.dialects) {
      assert(
        dialect.feed === folder || dialect.feed.startsWith(`${folder}.`),
        `Invariant: dialect ${dialect.feed} lies in the folder of its venue, not in ${folder}`,
      );
      dialects.push(dialect);
    }
  }
  dialects.sort((a, b) => (a.feed < b.feed ? -1 : 1));
  if (feeds === undefined) return dialects;
  return feeds.map((feed) => {
    const found = dialects.find((each) => each.feed === feed);
    if (found !== undefined) return found;
    const known = dialects.map((each) => each.feed).join(', ');
    throw new UsageError(`the embedded exchange does not speak "${feed}"; it speaks ${known}`);
  });
}
