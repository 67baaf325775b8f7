import { describe, expect, test } from 'bun:test';
import { CandleState } from '../../../src/model/record-layout.ts';
import { type CandleContent, mergeCandle } from '../../../src/store/candle-merge.ts';

const { complete, partial, repaired } = CandleState;

function candle(over: Partial<CandleContent> = {}): CandleContent {
  return {
    open: 1,
    high: 2,
    low: 1,
    close: 2,
    volume: 3,
    quoteVolume: 4,
    buyVolume: 1,
    tradeCount: 5,
    recvUs: 1000,
    state: complete,
    isClosed: true,
    isRebuilt: false,
    ...over,
  };
}

const merge = (row: Partial<CandleContent>, next: Partial<CandleContent>) =>
  mergeCandle({ ...candle(row), revision: 0 }, candle(next));

describe('candle merge', () => {
  test('a candle said to be whole later, when the reconnect had lost nothing, is taken', () => {
    const verdict = merge({ state: partial }, { state: complete, recvUs: 2000 });
    expect(verdict).toMatchObject({ revision: 1, isClosed: true });
  });

  test('a gap found after the close makes it partial', () => {
    expect(merge({}, { state: partial, recvUs: 2000 })).toMatchObject({ revision: 1 });
  });

  test('an older version written again changes nothing', () => {
    expect(merge({ recvUs: 2000 }, { state: partial, recvUs: 1000 })).toBeUndefined();
    expect(merge({ state: repaired, recvUs: 2000 }, { state: complete })).toBeUndefined();
  });

  test('fewer trades never replace more, however late they are said', () => {
    expect(merge({}, { tradeCount: 4, recvUs: 9000 })).toBeUndefined();
  });

  test('what was made from stored trades stands, but partial may be proven whole', () => {
    const row = { isRebuilt: true, state: partial };
    expect(merge(row, { state: complete, recvUs: 2000 })).toMatchObject({ revision: 1 });
    expect(merge(row, { state: complete, recvUs: 500 })).toBeUndefined();
    expect(merge({ isRebuilt: true, state: repaired }, { recvUs: 2000 })).toBeUndefined();
  });

  test('the same candle again is no revision', () => {
    expect(merge({}, {})).toBeUndefined();
    expect(merge({}, { volume: 3 * (1 + 1e-15) })).toBeUndefined();
  });

  test('made from stored trades it keeps its sums, unless more than rounding is new', () => {
    const rounded = { isRebuilt: true, volume: 3 * (1 + 4e-16), quoteVolume: 4 * (1 - 4e-16) };
    expect(rounded.volume).not.toBe(3);
    const same = merge({}, rounded);
    expect(same).toMatchObject({ volume: 3, quoteVolume: 4, isRebuilt: true, revision: 0 });
    const more = merge({}, { ...rounded, tradeCount: 6 });
    expect(more).toMatchObject({ volume: rounded.volume, isRebuilt: true, revision: 1 });
  });
});
