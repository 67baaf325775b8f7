/** Waiting in tests: on a condition, with a deadline that ends what will never come. */

const POLL_MS = 20;

/** Resolves with the first value of `check` that is neither undefined nor false. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  limitMs = 30_000,
): Promise<Exclude<T, undefined | false>> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) {
      return value as Exclude<T, undefined | false>;
    }
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await Bun.sleep(POLL_MS);
  }
}
