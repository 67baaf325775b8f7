/** The suites, in the order they are run. */
import type { Suite } from '../harness/suite.ts';

/** Loaded one by one: a run needs its own suite only. */
const LOADERS: Readonly<Record<string, () => Promise<{ readonly suite: Suite }>>> = {
  decode: () => import('./decode.ts'),
  ring: () => import('./ring.ts'),
  book: () => import('./book.ts'),
  candles: () => import('./candles.ts'),
  store: () => import('./store.ts'),
  pipeline: () => import('./pipeline.ts'),
  http: () => import('./http.ts'),
};

export const SUITE_NAMES: readonly string[] = Object.keys(LOADERS);

export async function findSuite(name: string): Promise<Suite> {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`no suite ${name}; there are ${SUITE_NAMES.join(', ')}`);
  return (await load()).suite;
}
