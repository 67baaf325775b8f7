/**
 * What OKX's data frames hold, read a second time and in another way: by patterns over texts and by
 * `Number`, one frame at a time. Fuzz holds the decoder against it.
 */
import type { Copied } from '../binance/collector.ts';
import { DATED, INVERSE, NAMES, SPOT, SWAP } from './okx-protocol.ts';

type Row = Record<string, unknown>;

const DECIMAL = /^(0|[1-9]\d*)(\.\d+)?$/;
const WHOLE = /^(0|[1-9]\d{0,15})$/;
const INT32 = 2 ** 31;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

class Refused extends Error {}

/** Messages of a frame, or none where it is refused or nothing to us. */
export function referenceDecode(bytes: Uint8Array): Copied[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return decode(JSON.parse(text));
  } catch (error) {
    if (error instanceof Refused || error instanceof SyntaxError) return [];
    if (error instanceof TypeError || error instanceof RangeError) return [];
    throw error;
  }
}

function decode(frame: unknown): Copied[] {
  if (!isRow(frame) || frame.event !== undefined) return [];
  const { arg, data, action } = frame;
  if (!isRow(arg) || !Array.isArray(data) || !data.every(isRow)) return [];
  for (const name of [arg.instId, arg.instType]) if (name !== undefined) text(name);
  const rows = data as Row[];
  const channel = text(arg.channel);
  if (channel === 'liquidation-orders') {
    text(arg.instType);
    return rows.flatMap(liquidations).filter(isFirst);
  }
  const instId = text(arg.instId);
  if (channel === 'index-tickers') return indexTicks(instId, rows);
  const instrument = NAMES.indexOf(instId);
  if (instrument < 0) return [];
  switch (channel) {
    case 'trades':
    case 'trades-all':
      return trades(rows, instId, channel === 'trades' ? 'aggTrade' : 'trade');
    case 'bbo-tbt':
      return rows.map((row) => bbo(row, instId));
    case 'tickers':
      return rows.map((row) => ticker(row, instId));
    case 'books':
      if (rows.length !== 1 || (action !== 'snapshot' && action !== 'update')) throw new Refused();
      return [depth(rows[0] as Row, instId, action === 'snapshot')];
    case 'mark-price':
    case 'funding-rate':
    case 'open-interest':
      return ticks(rows, [instrument], channel);
    default:
      return [];
  }
}

function trades(rows: readonly Row[], instId: string, tape: string): Copied[] {
  const list = rows.map((row) => {
    const { px, sz, side, tradeId, count, ts } = row;
    must(row.instId === instId && (side === 'buy' || side === 'sell'));
    const id = whole(tradeId);
    const merged = count === undefined ? 1 : whole(count);
    must(merged >= 1 && merged <= id + 1);
    const price = positive(px);
    return {
      ...{ type: 'trade', instrument: NAMES.indexOf(instId), tape, tsUs: timeUs(ts) },
      ...{ price, size: sizeOf(instId, sz, price), nativeSize: positive(sz) },
      ...{ isSell: side === 'sell', tradeId: id, tradeIdText: '' },
      firstTradeId: merged > 1 ? id - merged + 1 : Number.NaN,
      ...{ isMarket: true, precisionLoss: isLossy(px, sz) },
    };
  });
  list.sort((a, b) => a.tradeId - b.tradeId);
  must(new Set(list.map((each) => each.tradeId)).size === list.length);
  return list.some((each) => each.tsUs === 0) ? [] : list;
}

function bbo(row: Row, instId: string): Copied {
  const [bid, ask] = [levels(row.bids)[0], levels(row.asks)[0]];
  const sequence = row.seqId === undefined ? Number.NaN : integer(row.seqId);
  return quote(instId, row.ts, bid, ask, sequence);
}

function ticker(row: Row, instId: string): Copied {
  must(row.instId === instId);
  const side = (price: unknown, size: unknown) => {
    text(size);
    return text(price) === '' ? undefined : [price as string, size as string];
  };
  const bid = side(row.bidPx, row.bidSz);
  return quote(instId, row.ts, bid, side(row.askPx, row.askSz), Number.NaN);
}

type Level = readonly string[];

function quote(
  instId: string,
  ts: unknown,
  bid: Level | undefined,
  ask: Level | undefined,
  sequence: number,
): Copied {
  const price = (level: Level | undefined) => (level ? positive(level[0]) : Number.NaN);
  const size = (level: Level | undefined) =>
    level === undefined ? 0 : sizeOf(instId, level[1], Number(level[0]));
  return {
    ...{ type: 'quote', instrument: NAMES.indexOf(instId), tsUs: timeUs(ts) || Number.NaN },
    ...{ bidPrice: price(bid), bidSize: size(bid), askPrice: price(ask), askSize: size(ask) },
    ...{ sequence, precisionLoss: isLossy(bid?.[0], bid?.[1], ask?.[0], ask?.[1]) },
  };
}

function depth(row: Row, instId: string, isSnapshot: boolean): Copied {
  const { checksum, seqId, prevSeqId, ts } = row;
  const isSummed = checksum !== undefined && checksum !== 0;
  if (isSummed) must(Number.isInteger(checksum) && Math.abs((checksum as number) + 0.5) < INT32);
  must(seqId !== undefined || isSummed);
  const lastId = seqId === undefined ? Number.NaN : integer(seqId);
  const isLinked = seqId !== undefined && !isSnapshot;
  const previousId = isLinked ? integer(prevSeqId) : Number.NaN;
  const sides = [levels(row.bids), levels(row.asks)] as const;
  const read = (side: readonly Level[]) =>
    side.map(([price, size]) => [positive(price), sizeOf(instId, size, Number(price))]);
  return {
    ...{ type: 'depth', instrument: NAMES.indexOf(instId), tsUs: timeUs(ts) || Number.NaN },
    firstId: isSnapshot ? lastId : Math.min(previousId + 1, lastId),
    // Of one frame alone only a snapshot's checksum can be proven.
    ...{ lastId, previousId, isSnapshot, checksum: isSummed && isSnapshot ? checksum : Number.NaN },
    ...{ bids: read(sides[0]), asks: read(sides[1]) },
    precisionLoss: sides.flat().some(([price, size]) => isLossy(price, size)),
  };
}

function indexTicks(instId: string, rows: readonly Row[]): Copied[] {
  const indexOf: Record<string, string[]> = { 'BTC-USDT': [SWAP, DATED], 'BTC-USD': [INVERSE] };
  const markets = Object.hasOwn(indexOf, instId) ? (indexOf[instId] ?? []) : [];
  if (markets.length === 0) return [];
  return ticks(
    rows,
    markets.map((each) => NAMES.indexOf(each)),
    'index-tickers',
  );
}

/** Each row's values on top of those before it. */
function ticks(rows: readonly Row[], instruments: readonly number[], channel: string): Copied[] {
  const state: Row = { markPrice: 0, indexPrice: 0, fundingRate: 0, nextFundingUs: 0 };
  state.openInterest = 0;
  for (const name of Object.keys(state)) state[name] = Number.NaN;
  return rows.flatMap((row) => {
    const tsUs = timeUs(row.ts) || Number.NaN;
    if (channel === 'mark-price') state.markPrice = positive(row.markPx);
    else if (channel === 'index-tickers') state.indexPrice = positive(row.idxPx);
    else if (channel === 'open-interest') state.openInterest = decimal(row.oiCcy);
    else {
      const rate = row.fundingRate === undefined ? '' : text(row.fundingRate);
      const size = rate === '' ? Number.NaN : decimal(rate.replace(/^-/, ''));
      state.fundingRate = rate.startsWith('-') ? -size : size;
      state.nextFundingUs = timeUs(row.fundingTime) || Number.NaN;
    }
    return instruments.map((instrument) => ({ type: 'derivative', instrument, tsUs, ...state }));
  });
}

function liquidations({ instId, details }: Row): Copied[] {
  const name = text(instId);
  if (!Array.isArray(details) || !details.every(isRow)) throw new Refused();
  return (details as Row[]).flatMap(({ side, bkPx, sz, ts }) => {
    const tsUs = timeUs(ts);
    const instrument = NAMES.indexOf(name);
    if (instrument < 0) return [];
    must(side === 'buy' || side === 'sell');
    const price = positive(bkPx);
    const nativeSize = positive(sz);
    if (tsUs === 0) return [];
    const size = sizeOf(name, sz, price);
    const isSell = side === 'sell';
    return [{ type: 'liquidation', instrument, tsUs, price, size, nativeSize, isSell }];
  });
}

function isFirst(message: Copied, index: number, all: readonly Copied[]): boolean {
  return all.findIndex((each) => Bun.deepEquals(each, message)) === index;
}

/** Contracts are 0.01 BTC, inverse ones 100 USD. */
function sizeOf(instId: string, size: unknown, price: number): number {
  const contracts = decimal(size);
  if (instId === SPOT) return contracts;
  return instId === INVERSE ? (contracts * 100) / price : Number(`${text(size)}e-2`);
}

function levels(value: unknown): Level[] {
  if (!Array.isArray(value)) throw new Refused();
  return value.map((level) => {
    if (!Array.isArray(level)) throw new Refused();
    return [text(level[0]), text(level[1])];
  });
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function must(condition: boolean): void {
  if (!condition) throw new Refused();
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Refused();
  return value;
}

function decimal(value: unknown): number {
  must(DECIMAL.test(text(value)));
  return Number(value);
}

function positive(value: unknown): number {
  const number = decimal(value);
  must(number > 0 && Number.isFinite(number));
  return number;
}

function whole(value: unknown): number {
  must(WHOLE.test(text(value)) && Number.isSafeInteger(Number(value)));
  return Number(value);
}

function integer(value: unknown): number {
  must(Number.isSafeInteger(value) && (value as number) >= 0);
  return value as number;
}

function timeUs(value: unknown): number {
  const ms = whole(value);
  must(ms <= MS_MAX);
  return ms * 1000;
}

/** More than 15 digits from the first to the last that is not zero. */
function isLossy(...texts: unknown[]): boolean {
  const digits = (each: unknown) =>
    String(each ?? '')
      .replace('.', '')
      .replace(/^0+|0+$/g, '');
  return texts.some((each) => digits(each).length > 15);
}
