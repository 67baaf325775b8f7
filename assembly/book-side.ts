/**
 * Sets levels of one side of a book. `src/book/level-memory.ts` gives sides their memory and
 * `src/book/book-side.ts` says what they mean.
 *
 * A side is its count (i32), 4 bytes of nothing, its sign (f64), then key and size (f64) of each
 * level, keys rising strictly. There must be room for all levels that are set.
 */

/** Where the levels lie that are to be set: price and size (f64) each. */
export const INPUT: usize = 1024;
export const INPUT_LEVELS_MAX: i32 = 4096;
export const SIDE_SIGN: usize = 8;
export const SIDE_HEAD_LENGTH: usize = 16;

/**
 * What comes (its place in the input) or goes (0), best first: where, and how far what is above
 * it moves.
 */
const CHANGES: usize = INPUT + (<usize>INPUT_LEVELS_MAX) * 16;
const CHANGE_INPUT: usize = 4;
const CHANGE_SHIFT: usize = 8;
const CHANGE_LENGTH: usize = 16;
/** Where sides may lie. */
export const SIDES: usize = CHANGES + (<usize>INPUT_LEVELS_MAX) * CHANGE_LENGTH;

const LEVEL_LENGTH: usize = 16;
const LEVEL_SIZE: usize = 8;
/** Levels looked at one by one before a search begins. */
const NEAR_LENGTH: usize = 64 * LEVEL_LENGTH;
/** Shorter moves are done level by level: a call costs as much as some dozens of them. */
const LOOP_LENGTH_MAX: usize = 24 * LEVEL_LENGTH;

/** Sets the first `count` levels of the input; size 0 removes a level. */
export function apply(side: usize, count: i32): void {
  const sign = load<f64>(side, SIDE_SIGN);
  const last = INPUT + <usize>(count - 1) * LEVEL_LENGTH;
  if (isFalling(INPUT, last, sign)) {
    applySorted(side, INPUT, LEVEL_LENGTH, count, sign);
  } else if (isFalling(INPUT, last, -sign)) {
    applySorted(side, last, -LEVEL_LENGTH, count, sign);
  } else {
    for (let input = INPUT; input <= last; input += LEVEL_LENGTH) {
      applySorted(side, input, LEVEL_LENGTH, 1, sign);
    }
  }
}

/** Whether each level is worse than the one before it. */
function isFalling(first: usize, last: usize, sign: f64): bool {
  for (let input = first; input < last; input += LEVEL_LENGTH) {
    if (!(load<f64>(input) * sign > load<f64>(input, LEVEL_LENGTH) * sign)) return false;
  }
  return true;
}

/**
 * Sets levels from best to worst, `step` bytes apart. New sizes are set at once; what comes and
 * goes is noted, so that each level that stays is moved once.
 */
function applySorted(side: usize, first: usize, step: usize, count: i32, sign: f64): void {
  const levels = side + SIDE_HEAD_LENGTH;
  const end = levels + <usize>load<i32>(side) * LEVEL_LENGTH;
  let at = end;
  let change = CHANGES;
  let input = first;
  for (let i = 0; i < count; i += 1, input += step) {
    const key = load<f64>(input) * sign;
    const size = load<f64>(input, LEVEL_SIZE);
    at = lowerBound(levels, end, at, key);
    const isThere = at < end && load<f64>(at) === key;
    if (size > 0 && isThere) {
      store<f64>(at, size, LEVEL_SIZE);
    } else if (size > 0 || isThere) {
      store<u32>(change, at);
      store<u32>(change, size > 0 ? input : 0, CHANGE_INPUT);
      change += CHANGE_LENGTH;
    }
  }
  if (change === CHANGES) return;
  const shift = sumUp(change);
  moveUp(change, end);
  moveDown(change, end);
  putNew(change, sign);
  store<i32>(side, <i32>(end - levels + shift) / <i32>LEVEL_LENGTH);
}

/**
 * How far what lies above a change moves, from the worst of the changes on; returns how far the end
 * does.
 */
function sumUp(end: usize): usize {
  let shift: usize = 0;
  for (let change = end; change > CHANGES; ) {
    change -= CHANGE_LENGTH;
    shift += load<u32>(change, CHANGE_INPUT) === 0 ? -LEVEL_LENGTH : LEVEL_LENGTH;
    store<u32>(change, shift, CHANGE_SHIFT);
  }
  return shift;
}

/** The first level that stays above a change. */
@inline
function above(change: usize): usize {
  const at = <usize>load<u32>(change);
  return load<u32>(change, CHANGE_INPUT) === 0 ? at + LEVEL_LENGTH : at;
}

/**
 * Moves what goes up, from the best on. Between what goes up and what goes down something stays,
 * for neighbours differ by one place: so nothing is written over before it was moved.
 */
function moveUp(last: usize, end: usize): void {
  let to = end;
  for (let change = CHANGES; change < last; change += CHANGE_LENGTH) {
    const from = above(change);
    const shift = load<i32>(change, CHANGE_SHIFT);
    if (shift > 0) {
      const length = to - from;
      if (length > LOOP_LENGTH_MAX) memory.copy(from + shift, from, length);
      else {
        for (let i = to; i > from; i -= LEVEL_LENGTH) {
          v128.store(i - LEVEL_LENGTH + shift, v128.load(i - LEVEL_LENGTH));
        }
      }
    }
    to = load<u32>(change);
  }
}

/** Moves what goes down, from the worst on. */
function moveDown(last: usize, end: usize): void {
  for (let change = last; change > CHANGES; ) {
    change -= CHANGE_LENGTH;
    const shift = load<i32>(change, CHANGE_SHIFT);
    if (shift >= 0) continue;
    const from = above(change);
    const to = change === CHANGES ? end : <usize>load<u32>(change - CHANGE_LENGTH);
    if (to - from > LOOP_LENGTH_MAX) memory.copy(from + shift, from, to - from);
    else {
      for (let i = from; i < to; i += LEVEL_LENGTH) v128.store(i + shift, v128.load(i));
    }
  }
}

function putNew(last: usize, sign: f64): void {
  let shift: usize = 0;
  for (let change = last; change > CHANGES; ) {
    change -= CHANGE_LENGTH;
    const input = load<u32>(change, CHANGE_INPUT);
    if (input !== 0) {
      const place = <usize>load<u32>(change) + shift;
      store<f64>(place, load<f64>(input) * sign);
      store<f64>(place, load<f64>(input, LEVEL_SIZE), LEVEL_SIZE);
    }
    shift = load<i32>(change, CHANGE_SHIFT);
  }
}

/** Address of the first level whose key is not below `key`. */
export function find(side: usize, key: f64): usize {
  const levels = side + SIDE_HEAD_LENGTH;
  const end = levels + <usize>load<i32>(side) * LEVEL_LENGTH;
  return lowerBound(levels, end, end, key);
}

/**
 * Looked for from `hint` on: level by level while it is near, which a processor foresees, then in
 * doubling strides and by halves. The cost depends on the distance, not on the size of the book.
 */
@inline
function lowerBound(levels: usize, end: usize, hint: usize, key: f64): usize {
  let at = hint;
  const down = hint - levels > NEAR_LENGTH ? hint - NEAR_LENGTH : levels;
  while (at > down && load<f64>(at - LEVEL_LENGTH) >= key) at -= LEVEL_LENGTH;
  if (at < hint) return at > down || at === levels ? at : searchDown(levels, at, key);
  const up = end - hint > NEAR_LENGTH ? hint + NEAR_LENGTH : end;
  while (at < up && load<f64>(at) < key) at += LEVEL_LENGTH;
  return at < up || up === end ? at : searchUp(at, end, key);
}

/** The level before `from` is below `key`. */
function searchUp(from: usize, end: usize, key: f64): usize {
  let low = from - LEVEL_LENGTH;
  let high = from;
  for (let stride: usize = LEVEL_LENGTH; high < end && load<f64>(high) < key; stride <<= 1) {
    low = high;
    high += stride;
  }
  return halve(low, min(high, end), key);
}

/** The level at `from` is not below `key`. */
function searchDown(levels: usize, from: usize, key: f64): usize {
  let high = from;
  let low = from - LEVEL_LENGTH;
  for (let stride: usize = 2 * LEVEL_LENGTH; low >= levels && load<f64>(low) >= key; stride <<= 1) {
    high = low;
    // Before the first level: a side's memory never begins that low.
    if (low - levels < stride) return halve(levels - LEVEL_LENGTH, high, key);
    low -= stride;
  }
  return halve(low, high, key);
}

/** The level at `from` is below `key` or none, that at `to` is not below or the end. */
function halve(from: usize, to: usize, key: f64): usize {
  let low = from;
  let high = to;
  while (high - low > LEVEL_LENGTH) {
    const half = ((high - low) / LEVEL_LENGTH) >> 1;
    const middle = low + half * LEVEL_LENGTH;
    if (load<f64>(middle) >= key) high = middle;
    else low = middle;
  }
  return high;
}
