// biome-ignore-all lint/suspicious/noExplicitAny: a reference reads values nobody typed.
/**
 * An independent reading of Bybit's data frames, by JSON.parse and plain checks, written from the
 * protocol sheet and sharing nothing with src: what a new decoder must say of any bytes.
 */
export type ReferenceMessage = Record<string, unknown>;

const DECIMAL = /^(0|[1-9]\d*)(\.\d+)?$/;

function id(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error('id');
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) throw new Error('id range');
  return value === 0 ? 0 : value;
}

function time(value: unknown): number {
  const us = id(value) * 1000;
  if (us > Number.MAX_SAFE_INTEGER) throw new Error('time range');
  return us;
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

function isLong(...values: unknown[]): boolean {
  return values.some((value) => {
    const digits = String(value)
      .replace('.', '')
      .replace(/^0+|0+$/g, '');
    return digits.length > 15;
  });
}

function object(value: any): any {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('object');
  return value;
}

/** Messages of a frame, [] for one that says nothing, undefined for one that must be refused. */
export function referenceDecode(
  bytes: Uint8Array,
  symbols: ReadonlyMap<string, number>,
): ReferenceMessage[] | undefined {
  let frame: any;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    frame = object(JSON.parse(text));
  } catch {
    return undefined;
  }
  if ('op' in frame) return [];
  if (frame.topic === undefined) return [];
  if (typeof frame.topic !== 'string') return undefined;
  const [kind, ...rest] = frame.topic.split('.');
  try {
    if (kind === 'publicTrade') return list(frame, symbols.get(rest[0]), rest[0], trade);
    if (kind === 'allLiquidation') return list(frame, symbols.get(rest[0]), rest[0], liquidation);
    if (kind === 'orderbook' && /^\d{1,4}$/.test(rest[0] ?? '') && rest.length > 1) {
      const instrument = symbols.get(rest[1]);
      return instrument === undefined ? [] : book(frame, instrument, rest[1], Number(rest[0]));
    }
  } catch {
    return undefined;
  }
  return [];
}

function list(
  frame: any,
  instrument: number | undefined,
  symbol: string,
  read: (row: any, instrument: number) => ReferenceMessage,
): ReferenceMessage[] {
  if (instrument === undefined) return [];
  if (frame.type !== 'snapshot' || !Array.isArray(frame.data)) throw new Error('list');
  return frame.data.map((row: any) => {
    object(row);
    if (row.s !== symbol || !['Buy', 'Sell'].includes(row.S)) throw new Error('row');
    return read(row, instrument);
  });
}

function trade(row: any, instrument: number): ReferenceMessage {
  if (typeof row.i !== 'string' || row.i.length < 1 || row.i.length > 64) throw new Error('i');
  if (row.BT !== undefined && row.BT !== true && row.BT !== false) throw new Error('BT');
  return {
    type: 'trade',
    instrument,
    tape: 'trade',
    tsUs: time(row.T),
    price: positive(row.p),
    size: positive(row.v),
    nativeSize: positive(row.v),
    isSell: row.S === 'Sell',
    tradeId: Number.NaN,
    tradeIdText: row.i,
    firstTradeId: Number.NaN,
    isMarket: row.BT !== true,
    precisionLoss: isLong(row.p, row.v),
  };
}

function liquidation(row: any, instrument: number): ReferenceMessage {
  const size = positive(row.v);
  return {
    type: 'liquidation',
    instrument,
    tsUs: time(row.T),
    price: positive(row.p),
    size,
    nativeSize: size,
    isSell: row.S === 'Buy',
  };
}

function book(frame: any, instrument: number, symbol: string, depth: number): ReferenceMessage[] {
  const data = object(frame.data);
  if (data.s !== symbol) throw new Error('symbol');
  if (frame.type !== 'snapshot' && frame.type !== 'delta') throw new Error('type');
  const [bids, asks] = [data.b, data.a].map((side) =>
    side.map((level: any) => {
      if (!Array.isArray(level) || level.length !== 2) throw new Error('level');
      return [decimal(level[0]), decimal(level[1])];
    }),
  );
  if (!Array.isArray(data.b) || !Array.isArray(data.a)) throw new Error('sides');
  const u = id(data.u);
  const tsUs = time(frame.cts === undefined || frame.cts === null ? frame.ts : frame.cts);
  const precisionLoss = isLong(...data.b.flat(), ...data.a.flat());
  if (depth === 1) {
    if (frame.type !== 'snapshot' || bids.length > 1 || asks.length > 1) throw new Error('quote');
    const [bidPrice, bidSize] = bids[0] ?? [0, 0];
    const [askPrice, askSize] = asks[0] ?? [0, 0];
    const sides = { bidPrice, bidSize, askPrice, askSize };
    return [{ type: 'quote', instrument, tsUs, ...sides, sequence: Number.NaN, precisionLoss }];
  }
  const isSnapshot = frame.type === 'snapshot';
  const ids = { firstId: u, lastId: u, previousId: Number.NaN, checksum: Number.NaN };
  return [{ type: 'depth', instrument, tsUs, ...ids, isSnapshot, bids, asks, precisionLoss }];
}
