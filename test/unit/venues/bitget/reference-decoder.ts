// biome-ignore-all lint/suspicious/noExplicitAny: a reference reads values nobody typed.
/**
 * An independent reading of Bitget's data frames, by JSON.parse with exact integers and plain
 * checks, written from the protocol sheet and sharing nothing with src: what a new decoder must say
 * of any bytes.
 */
export type ReferenceMessage = Record<string, unknown>;

const DECIMAL = /^(0|[1-9]\d*)(\.\d+)?$/;
const RANGE = 10n ** 15n;

function time(value: unknown): number {
  if (typeof value === 'string' && !/^(0|[1-9]\d{0,15})$/.test(value)) throw new Error('time');
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error('time');
  const us = Number(value) * 1000;
  if (!Number.isInteger(Number(value)) || us < 0 || us > Number.MAX_SAFE_INTEGER) {
    throw new Error('time range');
  }
  return us === 0 ? 0 : us;
}

function decimal(value: unknown): number {
  if (typeof value !== 'string' || !DECIMAL.test(value)) throw new Error('decimal');
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error('overflow');
  if (number === 0 && /[1-9]/.test(value)) throw new Error('underflow');
  return number;
}

function positive(value: unknown): number {
  const number = decimal(value);
  if (number === 0) throw new Error('nothing');
  return number;
}

/** As the source of the number says, or the text of one. */
function sequence(value: unknown): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,21})$/.test(value)) throw new Error('seq');
  return BigInt(value);
}

function isLong(...values: unknown[]): boolean {
  return values.some((value) => {
    const digits = String(value)
      .replace('.', '')
      .replace(/^0+|0+$/g, '');
    return digits.length > 15;
  });
}

/** Numbers of `seq` and `pseq` by their source text; all others as JSON has them. */
function parse(text: string): any {
  const reviver = (key: string, value: unknown, context?: { source?: string }) =>
    (key === 'seq' || key === 'pseq') && typeof value === 'number' ? context?.source : value;
  return (JSON.parse as any)(text, reviver);
}

/** Messages of a frame, [] for one that says nothing, undefined for one that must be refused. */
export function referenceDecode(
  bytes: Uint8Array,
  instType: string,
  symbols: ReadonlyMap<string, number>,
): ReferenceMessage[] | undefined {
  let frame: any;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text === 'pong') return [];
    frame = parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return undefined;
  if ('event' in frame || frame.action === undefined) return [];
  const { arg, action, data } = frame;
  if (typeof arg !== 'object' || arg === null || Array.isArray(arg)) return undefined;
  if (action !== 'snapshot' && action !== 'update') return undefined;
  if (typeof arg.channel !== 'string' || typeof arg.instId !== 'string') return undefined;
  const instrument = symbols.get(arg.instId);
  if (arg.instType !== instType || instrument === undefined) return [];
  try {
    if (arg.channel === 'trade') return trades(data, instrument);
    if (arg.channel !== 'books' && arg.channel !== 'books1') return [];
    if (!Array.isArray(data) || data.length !== 1) return undefined;
    const [row] = data;
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
    if (arg.channel === 'books') return [book(row, action === 'snapshot', instrument)];
    return action === 'snapshot' ? [quote(row, instrument)] : undefined;
  } catch {
    return undefined;
  }
}

function trades(data: any, instrument: number): ReferenceMessage[] {
  if (!Array.isArray(data)) throw new Error('list');
  const list = data.map((row: any) => {
    if (typeof row.tradeId !== 'string' || row.tradeId.length > 64 || row.tradeId === '')
      throw new Error('id');
    const side = row.side.toLowerCase();
    if (side !== 'buy' && side !== 'sell') throw new Error('side');
    return {
      type: 'trade',
      instrument,
      tape: 'trade',
      tsUs: time(row.ts),
      price: positive(row.price),
      size: positive(row.size),
      nativeSize: positive(row.size),
      isSell: side === 'sell',
      tradeId: Number.NaN,
      tradeIdText: row.tradeId,
      firstTradeId: Number.NaN,
      isMarket: true,
      precisionLoss: isLong(row.price, row.size),
    };
  });
  const isNewestFirst = list.length > 1 && (list[0]?.tsUs ?? 0) > (list.at(-1)?.tsUs ?? 0);
  if (isNewestFirst) list.reverse();
  return list.sort((a, b) => a.tsUs - b.tsUs);
}

function sides(row: any) {
  const [bids, asks] = [row.bids, row.asks].map((side) => {
    if (!Array.isArray(side)) throw new Error('side');
    return side.map((level: any) => {
      if (!Array.isArray(level) || level.length !== 2) throw new Error('level');
      return [decimal(level[0]), decimal(level[1])] as const;
    });
  });
  const precisionLoss = isLong(...row.bids.flat(), ...row.asks.flat());
  return { bids: bids ?? [], asks: asks ?? [], precisionLoss, tsUs: time(row.ts) };
}

function book(row: any, isSnapshot: boolean, instrument: number): ReferenceMessage {
  const seq = sequence(row.seq);
  const high = seq / RANGE;
  const id = Number(seq - high * RANGE);
  let previousId = Number.NaN;
  if (row.pseq !== undefined) {
    const pseq = sequence(row.pseq);
    const highs = pseq / RANGE - high;
    const isNear = highs >= -8n && highs <= 8n;
    if (!isSnapshot) previousId = isNear ? Number(pseq - high * RANGE) : Number.NEGATIVE_INFINITY;
  }
  const ids = { firstId: id, lastId: id, previousId, checksum: Number.NaN };
  return { type: 'depth', instrument, ...ids, isSnapshot, ...sides(row) };
}

function quote(row: any, instrument: number): ReferenceMessage {
  if (row.seq !== undefined) sequence(row.seq);
  const { bids, asks, precisionLoss, tsUs } = sides(row);
  if (bids.length > 1 || asks.length > 1) throw new Error('levels');
  const [bidPrice, bidSize] = bids[0] ?? [0, 0];
  const [askPrice, askSize] = asks[0] ?? [0, 0];
  const values = { bidPrice, bidSize, askPrice, askSize, sequence: Number.NaN };
  return { type: 'quote', instrument, tsUs, ...values, precisionLoss };
}
