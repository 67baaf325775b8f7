/**
 * What the embedded exchange really did: its books as they left it, and its trades from the truth
 * file. Recorded rows are held against both.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import type { ExchangeWitness } from '../../src/sim/exchange-options.ts';
import type { SimBook, SimInstrument } from '../../src/venues/sim-contract.ts';
import type { FeedRecording, RecordedBook, RecordedRow, RecordedTrade } from './feed-recording.ts';

interface TrueBook {
  readonly atUs: number;
  /** Price, size, price, size …, best first. */
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

interface TruthRow {
  readonly symbol: string;
  readonly market_type: string;
  readonly trade_id: number | string;
  readonly ts_us: number;
  readonly price: number;
  readonly size: number;
  readonly side: 'buy' | 'sell';
}

export interface TradeVerdict {
  compared: number;
  missing: number;
  duplicate: number;
  different: number;
  unknown: number;
  readonly samples: string[];
}

export interface BookVerdict {
  readonly compared: number;
  readonly wrong: number;
  readonly samples: readonly string[];
}

const LEVELS = 10;
/**
 * A recorded book must have been the true one at most this long before it was received, and as much
 * longer as frames were held up on their way here.
 */
const AGE_MAX_US = 2_000_000;
const AHEAD_MAX_US = 50_000;
const SAMPLES_MAX = 3;
/** REST of some venues lists trades without ids; such a trade's is made from what it is. */
const MADE_ID = 'rest:';

export class TrueMarket implements ExchangeWitness {
  readonly #books = new Map<string, TrueBook[]>();

  onBook(_feed: string, instrument: SimInstrument, book: SimBook): void {
    const { symbol, marketType } = instrument.listing;
    const key = `${symbol} ${marketType}`;
    const list = this.#books.get(key) ?? [];
    this.#books.set(key, list);
    const bids: number[] = [];
    const asks: number[] = [];
    for (let i = 0; i < Math.min(LEVELS, book.bidCount); i += 1) {
      bids.push(Number(instrument.priceText(book.bidTicks(i))));
      bids.push(instrument.baseSize(book.bidLots(i), book.bidTicks(i)));
    }
    for (let i = 0; i < Math.min(LEVELS, book.askCount); i += 1) {
      asks.push(Number(instrument.priceText(book.askTicks(i))));
      asks.push(instrument.baseSize(book.askLots(i), book.askTicks(i)));
    }
    list.push({ atUs: systemClock.wallUs(), bids, asks });
  }

  /** Each recorded book must equal one that was true when it was sent. */
  judgeBooks(
    instrument: Instrument,
    recorded: readonly RecordedBook[],
    heldUpUs: number,
  ): BookVerdict {
    return this.#judge(instrument, recorded, heldUpUs, (each) => each);
  }

  /** The same for best bid and ask; a side without orders cannot be compared. */
  judgeQuotes(
    instrument: Instrument,
    recorded: readonly RecordedRow[],
    heldUpUs: number,
  ): BookVerdict {
    return this.#judge(instrument, recorded, heldUpUs, ({ values }) => ({
      bids: [values.bidPrice ?? Number.NaN, values.bidSize ?? Number.NaN],
      asks: [values.askPrice ?? Number.NaN, values.askSize ?? Number.NaN],
    }));
  }

  #judge<Row extends { readonly instrument: number; readonly recvUs: number }>(
    { index, symbol, marketType }: Instrument,
    recorded: readonly Row[],
    heldUpUs: number,
    sidesOf: (row: Row) => Pick<TrueBook, 'bids' | 'asks'>,
  ): BookVerdict {
    const truth = this.#books.get(`${symbol} ${marketType}`) ?? [];
    const ageMaxUs = AGE_MAX_US + heldUpUs;
    const timesOf = new Map<string, Map<string, number[]>>();
    let compared = 0;
    const samples: string[] = [];
    let wrong = 0;
    for (const row of recorded) {
      if (row.instrument !== index) continue;
      compared += 1;
      const { bids, asks } = sidesOf(row);
      const shape = `${bids.length} ${asks.length}`;
      let times = timesOf.get(shape);
      if (times === undefined) {
        times = indexBooks(truth, bids.length, asks.length);
        timesOf.set(shape, times);
      }
      const found = times.get(bookKey(bids, asks)) ?? [];
      const isTrue = found.some(
        (atUs) => atUs <= row.recvUs + AHEAD_MAX_US && atUs >= row.recvUs - ageMaxUs,
      );
      if (isTrue) continue;
      wrong += 1;
      if (samples.length < SAMPLES_MAX) {
        const near = truth.findLast((each) => each.atUs <= row.recvUs + AHEAD_MAX_US);
        const why = found.length > 0 ? `true ${row.recvUs - (found[0] ?? 0)} µs before` : 'never';
        samples.push(
          `${symbol} ${why}: ${bids.slice(0, 6)} | ${asks.slice(0, 6)} where the exchange had ` +
            `${near?.bids.slice(0, 6)} | ${near?.asks.slice(0, 6)}`,
        );
      }
    }
    return { compared, wrong, samples };
  }
}

/** Sizes made from contracts may differ in the last digits of a float64. */
function bookKey(bids: readonly number[], asks: readonly number[]): string {
  const text = (value: number) => value.toPrecision(12);
  return `${bids.map(text).join()}|${asks.map(text).join()}`;
}

function indexBooks(truth: readonly TrueBook[], bidLength: number, askLength: number) {
  const times = new Map<string, number[]>();
  for (const { bids, asks, atUs } of truth) {
    const key = bookKey(bids.slice(0, bidLength), asks.slice(0, askLength));
    const list = times.get(key);
    if (list === undefined) times.set(key, [atUs]);
    else list.push(atUs);
  }
  return times;
}

/** All recorded trades against the truth file; order of ids is the order of the file. */
export function judgeTrades(recording: FeedRecording, truthFile: string): TradeVerdict {
  const verdict = { compared: 0, missing: 0, duplicate: 0, different: 0, unknown: 0 };
  const samples: string[] = [];
  const note = (kind: Exclude<keyof typeof verdict, 'compared'>, what: string) => {
    verdict[kind] += 1;
    if (samples.length < SAMPLES_MAX) samples.push(`${kind}: ${what}`);
  };
  const lines = readFileSync(truthFile, 'utf8').split('\n');
  const truth = lines.filter((line) => line.endsWith('}')).map((l) => JSON.parse(l) as TruthRow);
  for (const { index, symbol, marketType } of recording.instruments) {
    const rows = truth.filter((r) => r.symbol === symbol && r.market_type === marketType);
    const places = new Map(rows.map((row, place) => [String(row.trade_id), place]));
    const seen = new Set<number>();
    const own = recording.trades.filter((each) => each.instrument === index);
    // By id first: what is left over is what ids made from a REST row's values may stand for.
    const isMade = ({ id }: RecordedTrade) => String(id).startsWith(MADE_ID);
    for (const trade of [...own.filter((e) => !isMade(e)), ...own.filter(isMade)]) {
      verdict.compared += 1;
      const byValues = (row: TruthRow, place: number) => !seen.has(place) && isSame(row, trade);
      const place = isMade(trade) ? rows.findIndex(byValues) : places.get(String(trade.id));
      const row = place === undefined ? undefined : rows[place];
      const said = `${symbol} ${JSON.stringify(trade)}`;
      if (place === undefined || row === undefined) {
        note('unknown', said);
        continue;
      }
      if (seen.has(place)) note('duplicate', said);
      seen.add(place);
      if (!isSame(row, trade)) note('different', `${said} is ${JSON.stringify(row)}`);
    }
    const first = [...seen].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const last = [...seen].reduce((a, b) => Math.max(a, b), -1);
    for (let place = first; place < last; place += 1) {
      if (!seen.has(place)) note('missing', `${symbol} ${JSON.stringify(rows[place])}`);
    }
  }
  return { ...verdict, samples };
}

function isSame(row: TruthRow, trade: RecordedTrade): boolean {
  return (
    row.ts_us === trade.tsUs &&
    isNear(row.price, trade.price) &&
    isNear(row.size, trade.size) &&
    row.side === trade.side
  );
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * Math.abs(a);
}
