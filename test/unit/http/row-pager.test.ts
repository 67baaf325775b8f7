import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  compareKeys,
  type PagePosition,
  type PageSource,
  readPage,
} from '../../../src/http/row-pager.ts';

interface Row {
  readonly us: number;
  readonly key: string | number;
}

type Order = 'asc' | 'desc';

/**
 * Rows of one time come in the order they were inserted, as a store without a tie rule gives them.
 */
function sourceOf(rows: readonly Row[], order: Order): PageSource<Row> {
  const sign = order === 'asc' ? 1 : -1;
  return {
    timeOf: (row) => row.us,
    keyOf: (row) => [row.key],
    read: async ({ startUs, endUs }, limit) =>
      rows
        .filter((row) => row.us >= (startUs ?? 0) && row.us < (endUs ?? Infinity))
        .sort((a, b) => sign * (a.us - b.us))
        .slice(0, limit),
  };
}

function ordered(rows: readonly Row[], order: Order): Row[] {
  const sign = order === 'asc' ? 1 : -1;
  return rows.toSorted((a, b) => sign * (a.us - b.us || compareKeys([a.key], [b.key])));
}

async function readAll(
  rows: Row[],
  order: Order,
  limit: number,
  betweenPages: () => void = () => undefined,
): Promise<Row[]> {
  const all: Row[] = [];
  let after: PagePosition | undefined;
  for (let pages = 0; pages < 1_000; pages += 1) {
    const request = { startUs: undefined, endUs: undefined, limit, order, after };
    const page = await readPage(sourceOf(rows, order), request);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    all.push(...page.rows);
    if (page.next === undefined) return all;
    after = page.next;
    betweenPages();
  }
  throw new Error('pages do not end');
}

const row = fc.record({
  us: fc.integer({ min: 0, max: 6 }),
  key: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom('a', 'b', 'c')),
});
const rowList = fc.uniqueArray(row, { maxLength: 40, selector: (r) => `${r.us} ${r.key}` });
const orders = fc.constantFrom<Order>('asc', 'desc');
const limits = fc.integer({ min: 1, max: 9 });

describe('pages', () => {
  test('laid end to end are all rows once, in order, however many share a time', async () => {
    await fc.assert(
      fc.asyncProperty(rowList, orders, limits, async (rows, order, limit) => {
        expect(await readAll([...rows], order, limit)).toEqual(ordered(rows, order));
      }),
    );
  });

  test('keep apart rows that show the same key', async () => {
    const twins = fc.array(row, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(twins, orders, limits, async (rows, order, limit) => {
        const seen = await readAll([...rows], order, limit);
        expect(seen.length).toBe(rows.length);
        expect(rows.filter((r) => !seen.includes(r))).toEqual([]);
      }),
    );
  });

  test('neither repeat nor skip a row when others are inserted in between', async () => {
    await fc.assert(
      fc.asyncProperty(rowList, orders, limits, fc.nat(), async (rows, order, limit, split) => {
        const first = rows.slice(0, rows.length === 0 ? 0 : split % rows.length);
        const late = rows.slice(first.length);
        const growing = [...first];
        const seen = await readAll(growing, order, limit, () => growing.push(...late.splice(0, 2)));
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(ordered(seen, order));
        expect(first.filter((r) => !seen.includes(r))).toEqual([]);
      }),
    );
  });

  test('say that more follows only when it does', async () => {
    const rows = [1, 2, 3].map((us) => ({ us, key: us }));
    const request = { startUs: 0, endUs: 4, limit: 3, order: 'asc', after: undefined } as const;
    expect((await readPage(sourceOf(rows, 'asc'), request)).next).toBeUndefined();
    const short = await readPage(sourceOf(rows, 'asc'), { ...request, limit: 2 });
    expect(short.next).toEqual({ us: 2, key: [2], seen: 1 });
  });

  test('stay inside the range', async () => {
    const rows = [1, 2, 3, 4].map((us) => ({ us, key: us }));
    const range = { startUs: 2, endUs: 4, limit: 1 } as const;
    const page = await readPage(sourceOf(rows, 'desc'), {
      ...range,
      order: 'desc',
      after: { us: 3, key: [3], seen: 1 },
    });
    expect(page).toEqual({ rows: [{ us: 2, key: 2 }], next: undefined });
  });
});
