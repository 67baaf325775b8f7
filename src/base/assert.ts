/**
 * Broken invariants. Asserts stay on in production: a worker that fails one dies and is restarted.
 */

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Throws `InvariantError` when `condition` is false. `message` names the invariant and the values.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For the branch a closed union leaves over. */
export function unreachable(value: never): never {
  throw new InvariantError(`Invariant: value outside its union: ${String(value)}`);
}

/**
 * `items[index]` where the caller knows the index is inside; throws instead of giving `undefined`.
 */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) {
    throw new InvariantError(`Invariant: index ${index} outside 0..${items.length - 1}`);
  }
  return item;
}
