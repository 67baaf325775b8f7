import { describe, expect, test } from 'bun:test';
import { IntervalSet } from '../../../../src/base/interval-set.ts';
import { checkHoles } from '../../../../src/cli/verify/hole-check.ts';
import type { CoverageRow, GapRow } from '../../../../src/store/contract.ts';

const NAME = { venue: 'binance', symbol: 'BTC/USDT', market_type: 'spot' };
const SPOT = { hasNonMarketPrints: false };

function ids(...ranges: [number, number][]): IntervalSet {
  return new IntervalSet(ranges.map(([from, to]) => ({ from, to })));
}

function covered(from_id: number, to_id: number): CoverageRow {
  return { ...NAME, from_id, to_id, from_us: 1, to_us: 2 };
}

function gap(from_id: number, to_id: number, repaired: 0 | 1, kind = 'trade_gap'): GapRow {
  const times = { from_us: 1, to_us: 2, detected_us: 3, repaired_us: null };
  return { ...NAME, kind, from_id, to_id, ...times, cause: 'disconnect', repaired, how: null };
}

describe('checkHoles', () => {
  test('finds nothing where ids are whole', () => {
    const report = checkHoles(ids([10, 20]), [covered(10, 20)], [], SPOT);
    expect(report).toMatchObject({ firstId: 10, lastId: 20, ids: 11, unexplained: [] });
  });

  test('an open gap explains a hole, and only as far as it reaches', () => {
    const report = checkHoles(ids([1, 10], [21, 30]), [], [gap(11, 18, 0)], SPOT);
    expect(report.explained).toBe(8);
    expect(report.unexplained).toEqual([{ from_id: 19, to_id: 20, missing: 2, claim: 'nothing' }]);
  });

  test('a hole that the ledger calls repaired or the coverage calls whole is a fault', () => {
    const rows = ids([1, 10], [21, 30]);
    expect(checkHoles(rows, [], [gap(11, 20, 1)], SPOT).unexplained).toEqual([
      { from_id: 11, to_id: 20, missing: 10, claim: 'repaired' },
    ]);
    expect(checkHoles(rows, [covered(1, 30)], [], SPOT).unexplained).toEqual([
      { from_id: 11, to_id: 20, missing: 10, claim: 'covered' },
    ]);
  });

  test('a book gap explains no trade', () => {
    const report = checkHoles(ids([1, 10], [12, 20]), [], [gap(11, 11, 0, 'book_gap')], SPOT);
    expect(report.unexplained).toHaveLength(1);
  });

  test('a record set aside explains its id', () => {
    const report = checkHoles(ids([1, 10], [12, 20]), [], [gap(11, 11, 0, 'quarantine')], SPOT);
    expect(report).toMatchObject({ explained: 1, unexplained: [] });
  });

  test('prints that are no market trades may lack a row where coverage is proven', () => {
    const perp = { hasNonMarketPrints: true };
    const rows = ids([1, 10], [12, 20], [22, 30]);
    const report = checkHoles(rows, [covered(1, 15)], [], perp);
    expect(report.nonMarket).toBe(1);
    expect(report.unexplained).toMatchObject([{ from_id: 21, to_id: 21 }]);
  });

  test('ids of merged fills lack a row where coverage is proven, and only there', () => {
    const merged = { hasNonMarketPrints: false, hasMergedFills: true };
    const rows = ids([12, 12], [15, 15], [19, 19]);
    const report = checkHoles(rows, [covered(10, 15)], [], merged);
    expect(report.merged).toBe(4);
    expect(report.unexplained).toMatchObject([{ from_id: 16, to_id: 18 }]);
  });

  test('coverage beyond the rows is a hole too', () => {
    const report = checkHoles(ids([5, 10]), [covered(1, 12)], [], SPOT);
    expect(report.unexplained.map((hole) => [hole.from_id, hole.to_id])).toEqual([
      [1, 4],
      [11, 12],
    ]);
    expect(checkHoles(ids(), [covered(1, 2)], [], SPOT).unexplained).toHaveLength(1);
    expect(checkHoles(ids(), [], [], SPOT).unexplained).toEqual([]);
  });

  test('agrees with looking at every id, for all small cases', () => {
    const bits = (value: number) => [0, 1, 2, 3, 4, 5].filter((i) => (value >> i) & 1);
    const setOf = (value: number) => ids(...bits(value).map((i): [number, number] => [i, i]));
    for (let rows = 1; rows < 64; rows += 1) {
      for (let open = 0; open < 64; open += 1) {
        const gaps = bits(open).map((i) => gap(i, i, 0));
        const report = checkHoles(setOf(rows), [], gaps, SPOT);
        const present = bits(rows);
        const [first, last] = [Math.min(...present), Math.max(...present)];
        const missing = [0, 1, 2, 3, 4, 5].filter(
          (i) => i > first && i < last && !present.includes(i),
        );
        const unexplained = missing.filter((i) => !bits(open).includes(i)).length;
        expect(report.explained).toBe(missing.length - unexplained);
        expect(report.unexplained.reduce((sum, hole) => sum + hole.missing, 0)).toBe(unexplained);
      }
    }
  });
});
