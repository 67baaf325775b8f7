/** Every interleaving of a producer's and a consumer's steps on the smallest ring. */
import { afterEach, describe, expect, test } from 'bun:test';
import {
  ACTIONS,
  type Action,
  CONSUMER_ACTIONS,
  lead,
  PRODUCER_ACTIONS,
  reachablePaths,
  STARTS,
} from './ring-model.ts';

const CAPACITY = 64;

/** Every merge of two programs that keeps the order of each. */
function* merges(a: readonly Action[], b: readonly Action[]): Generator<Action[]> {
  const [firstA, ...restA] = a;
  const [firstB, ...restB] = b;
  if (firstA === undefined || firstB === undefined) {
    yield [...a, ...b];
    return;
  }
  for (const rest of merges(restA, b)) yield [firstA, ...rest];
  for (const rest of merges(a, restB)) yield [firstB, ...rest];
}

const PROGRAMS: Record<string, readonly Action[]> = {
  'two records a batch': [
    ...(['claim 8', 'commit', 'claim 24', 'commit', 'publish'] as const),
    ...(['claim 16', 'commit', 'publish'] as const),
  ],
  'an aborted record that had padding': [
    ...(['claim 24', 'commit', 'publish', 'claim 24', 'abort', 'publish'] as const),
    ...(['claim 8', 'commit', 'publish'] as const),
  ],
  'a publish between claim and commit': [
    ...(['claim 8', 'publish', 'commit', 'claim 24', 'publish', 'commit', 'publish'] as const),
  ],
};
const READS: readonly Action[] = [
  ...(['refresh', 'next', 'release', 'refresh', 'next', 'next', 'release', 'next'] as const),
];

describe('ring, step by step', () => {
  for (const start of STARTS) {
    for (const [name, program] of Object.entries(PROGRAMS)) {
      test(`reads every merge of ${name} in order, from position ${start}`, () => {
        let count = 0;
        for (const path of merges(program, READS)) {
          const { model, ends } = lead(CAPACITY, start, path);
          if (ends.facts() !== model.facts()) throw new Error(`${path}: ${ends.facts()}`);
          count += 1;
        }
        expect(count).toBe(binomial(program.length + READS.length, READS.length));
      });
    }

    test(`agrees with the array model after every step from every state, from ${start}`, () => {
      const paths = reachablePaths(CAPACITY, start);
      // Exact, and the same from everywhere: a model that lost half its states would show.
      expect(paths.length).toBe(4_569);
      for (const path of paths) {
        for (const action of ACTIONS) {
          const { model, ends } = lead(CAPACITY, start, [...path, action]);
          if (ends.facts() !== model.facts()) throw new Error(`${path}: ${ends.facts()}`);
          if (ends.producer.usedLength() !== model.usedLength()) throw new Error(`${path}: used`);
        }
      }
    });
  }
});

const RealAtomics = Atomics;

/** Runs `inner` just before the atomic access number `at` (from 0) of what runs after this. */
function interruptAtomics(at: number, inner: () => void): { readonly interrupted: boolean } {
  const state = { interrupted: false };
  let count = 0;
  const hook = () => {
    if (count === at) {
      globalThis.Atomics = RealAtomics;
      state.interrupted = true;
      inner();
      globalThis.Atomics = hooked;
    }
    count += 1;
  };
  const cut = (name: 'load' | 'store' | 'notify') => ({
    value: (words: Int32Array, slot: number, ...rest: number[]) => {
      hook();
      return (RealAtomics[name] as (...args: unknown[]) => number)(words, slot, ...rest);
    },
  });
  const hooked = Object.create(RealAtomics, {
    load: cut('load'),
    store: cut('store'),
    notify: cut('notify'),
  }) as typeof Atomics;
  globalThis.Atomics = hooked;
  return state;
}

describe('ring, access by access', () => {
  afterEach(() => {
    globalThis.Atomics = RealAtomics;
  });

  /** Outer is cut by the whole of inner before each of its atomic accesses, from every state. */
  function cutEvery(outers: readonly Action[], inners: readonly Action[]): number {
    let cuts = 0;
    for (const path of reachablePaths(CAPACITY, 2 ** 32 - 3)) {
      for (const outer of outers) {
        for (const inner of inners) {
          for (let at = 0; ; at += 1) {
            const { model, ends } = lead(CAPACITY, 2 ** 32 - 3, path);
            if (!model.can(outer) || !model.can(inner)) break;
            let innerGave = '';
            const state = interruptAtomics(at, () => {
              innerGave = ends.apply(inner);
            });
            const outerGave = ends.apply(outer);
            globalThis.Atomics = RealAtomics;
            if (!state.interrupted) break;
            cuts += 1;
            const actual = [outerGave, innerGave, ends.facts()].join(' │ ');
            const first = lead(CAPACITY, 2 ** 32 - 3, path).model;
            const outerFirst = [first.apply(outer), first.apply(inner), first.facts()];
            const innerResult = model.apply(inner);
            const innerFirst = [model.apply(outer), innerResult, model.facts()];
            if (actual === outerFirst.join(' │ ') || actual === innerFirst.join(' │ ')) continue;
            throw new Error(`${path}: ${outer} cut by ${inner} at ${at}: ${actual}`);
          }
        }
      }
    }
    return cuts;
  }

  test('a producer step cut anywhere by a consumer step acts as if one came first', () => {
    expect(cutEvery(PRODUCER_ACTIONS, CONSUMER_ACTIONS)).toBeGreaterThan(10_000);
  });

  test('a consumer step cut anywhere by a producer step acts as if one came first', () => {
    expect(cutEvery(CONSUMER_ACTIONS, PRODUCER_ACTIONS)).toBeGreaterThan(10_000);
  });
});

function binomial(n: number, k: number): number {
  let out = 1;
  for (let i = 1; i <= k; i += 1) out = (out * (n - k + i)) / i;
  return Math.round(out);
}
