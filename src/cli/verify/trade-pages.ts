/**
 * All trades of one instrument, in order of time, a page at a time. The store pages by time only,
 * so a page starts again at the last time seen and skips what was given out for it already.
 */
import type { InstrumentKey } from '../../model/instrument.ts';
import type { StoreReader, TradeRow } from '../../store/contract.ts';

const PAGE_ROWS = 20_000;

export async function* tradePages(
  reader: StoreReader,
  { venue, symbol, marketType }: InstrumentKey,
  pageRows = PAGE_ROWS,
): AsyncGenerator<readonly TradeRow[]> {
  let startUs: number | undefined;
  let limit = pageRows;
  /** Ids given out whose time is `startUs`. */
  let given = new Set<number | string>();
  for (;;) {
    const range = startUs === undefined ? {} : { startUs };
    const query = { venue, symbol, marketType, ...range, limit, order: 'asc' } as const;
    const rows = await reader.trades(query);
    const fresh = rows.filter((row) => row.ts_us !== startUs || !given.has(row.trade_id));
    if (fresh.length > 0) yield fresh;
    if (rows.length < limit) return;
    const lastUs = rows.at(-1)?.ts_us;
    // More trades at one µs than fit a page: only a longer page gets past them.
    if (lastUs === startUs) limit *= 2;
    else given = new Set();
    for (const row of fresh) if (row.ts_us === lastUs) given.add(row.trade_id);
    startUs = lastUs;
  }
}
