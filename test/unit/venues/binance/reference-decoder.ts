// biome-ignore-all lint/suspicious/noExplicitAny: a reference reads values nobody typed.
/**
 * An independent reading of Binance's data frames, by JSON.parse and plain checks, written from the
 * protocol sheets and sharing nothing with src: what the decoder must say of any bytes.
 */
export interface ReferenceOptions {
  readonly isUsdm: boolean;
  /** COIN-M: quote units of a contract, by instrument. Everything else is as on USD-M. */
  readonly values?: readonly number[];
  /** Native symbol → instrument index. */
  readonly symbols: ReadonlyMap<string, number>;
}

/** A message in a form that compares with toEqual; `undefined` is never a message. */
export type ReferenceMessage = Record<string, unknown>;

const DECIMAL = /^(0|[1-9]\d*)(\.\d+)?$/;

function id(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error('id');
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) throw new Error('id range');
  return value === 0 ? 0 : value;
}

function time(value: unknown): number {
  const number = id(value);
  const us = number >= 100_000_000_000_000 ? number : number * 1000;
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

function isLong(...values: unknown[]): boolean {
  return values.some((value) => {
    const digits = String(value)
      .replace('.', '')
      .replace(/^0+|0+$/g, '');
    return digits.length > 15;
  });
}

function signed(value: unknown): number {
  if (typeof value !== 'string') throw new Error('decimal');
  return value.startsWith('-') ? -decimal(value.slice(1)) : decimal(value);
}

/** Base units of `count` at `price`. */
function base(count: number, price: number, value: number | undefined): number {
  if (value === undefined || count === 0) return count;
  return (count * value) / price;
}

function levels(value: unknown): { values: [number, number][]; isLong: boolean } {
  if (!Array.isArray(value)) throw new Error('levels');
  let long = false;
  const values = value.map((pair): [number, number] => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new Error('level');
    long ||= isLong(...pair);
    return [decimal(pair[0]), decimal(pair[1])];
  });
  return { values, isLong: long };
}

/** The message in a combined or bare data frame, or undefined when there is none to deliver. */
export function referenceDecode(
  bytes: Uint8Array,
  options: ReferenceOptions,
): ReferenceMessage | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return readFrame(JSON.parse(text), options);
  } catch {
    return undefined;
  }
}

function readFrame(frame: any, options: ReferenceOptions): ReferenceMessage | undefined {
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return undefined;
  let data = frame;
  let event = frame.e;
  if ('stream' in frame) {
    const at = frame.stream.indexOf('@');
    const suffix = frame.stream.slice(at + 1);
    data = frame.data;
    if (['trade', 'aggTrade', 'bookTicker'].includes(suffix)) event = suffix;
    else if (options.isUsdm && suffix === 'forceOrder') event = suffix;
    else if (options.isUsdm && /^markPrice(@[13]s)?$/.test(suffix)) event = 'markPriceUpdate';
    else if (suffix === 'depth' || /^depth@(0|[1-9]\d*)ms$/.test(suffix)) event = 'depthUpdate';
    else return undefined;
    const named = event === 'forceOrder' ? data.o.s : data.s;
    if (frame.stream.slice(0, at) !== named.toLowerCase()) return undefined;
    if (named !== named.toUpperCase()) return undefined;
  } else if ('error' in frame || 'code' in frame || 'result' in frame) return undefined;
  else if (event === undefined && !options.isUsdm && 'B' in data) event = 'bookTicker';
  if (!options.isUsdm && ['forceOrder', 'markPriceUpdate'].includes(event)) return undefined;
  const instrument = options.symbols.get(event === 'forceOrder' ? data.o?.s : data.s);
  if (instrument === undefined) return undefined;
  const own = options.values === undefined ? [1] : [1, 2];
  if (data.st !== undefined && !own.includes(data.st)) return undefined;
  const isUntitled = event === 'bookTicker' && !options.isUsdm && data.e === undefined;
  if (data.e !== event && !isUntitled) return undefined;
  const value = options.values?.[instrument];
  if (event === 'bookTicker') return quote(data, instrument, options.isUsdm, value);
  time(data.E);
  if (event === 'depthUpdate') return depth(data, instrument, options.isUsdm, value);
  if (event === 'markPriceUpdate') return markPrice(data, instrument);
  if (event === 'forceOrder') return liquidation(data, instrument, value);
  if (event === 'trade' || event === 'aggTrade') {
    return trade(data, instrument, event, options.isUsdm, value);
  }
  return undefined;
}

function trade(
  data: any,
  instrument: number,
  tape: string,
  isUsdm: boolean,
  value: number | undefined,
): ReferenceMessage {
  const hasType = isUsdm && tape === 'trade';
  if (hasType && typeof data.X !== 'string') throw new Error('X');
  if (tape === 'aggTrade') {
    id(data.f);
    id(data.l);
  }
  if (data.m !== true && data.m !== false) throw new Error('m');
  const isMarket = !hasType || data.X === 'MARKET';
  const price = decimal(data.p);
  const size = decimal(data.q);
  if (isMarket && (price === 0 || size === 0)) throw new Error('empty trade');
  return {
    type: 'trade',
    instrument,
    tape,
    tsUs: time(data.T),
    price,
    size: base(size, price, value),
    nativeSize: size,
    isSell: data.m,
    tradeId: id(tape === 'trade' ? data.t : data.a),
    tradeIdText: '',
    firstTradeId: Number.NaN,
    isMarket,
    precisionLoss: isLong(data.p, data.q),
  };
}

function quote(
  data: any,
  instrument: number,
  isUsdm: boolean,
  value: number | undefined,
): ReferenceMessage {
  if (isUsdm) time(data.E);
  return {
    type: 'quote',
    instrument,
    tsUs: isUsdm ? time(data.T) : Number.NaN,
    bidPrice: decimal(data.b),
    bidSize: base(decimal(data.B), decimal(data.b), value),
    askPrice: decimal(data.a),
    askSize: base(decimal(data.A), decimal(data.a), value),
    sequence: id(data.u),
    precisionLoss: isLong(data.b, data.B, data.a, data.A),
  };
}

function markPrice(data: any, instrument: number): ReferenceMessage {
  const mark = decimal(data.p);
  if (mark === 0) throw new Error('mark');
  const nextUs = time(data.T);
  return {
    type: 'derivative',
    instrument,
    tsUs: time(data.E),
    markPrice: mark,
    indexPrice: data.i === undefined ? Number.NaN : decimal(data.i),
    fundingRate: data.r === '' ? Number.NaN : signed(data.r),
    nextFundingUs: nextUs === 0 ? Number.NaN : nextUs,
    openInterest: Number.NaN,
  };
}

function liquidation(data: any, instrument: number, value: number | undefined): ReferenceMessage {
  const { S, q, z, p, ap, T } = data.o;
  if (S !== 'BUY' && S !== 'SELL') throw new Error('side');
  const isFilled = Math.min(decimal(z), decimal(ap)) > 0;
  const placed = { size: decimal(q), price: decimal(p) };
  const { size, price } = isFilled ? { size: decimal(z), price: decimal(ap) } : placed;
  if (size === 0 || price === 0) throw new Error('empty liquidation');
  return {
    type: 'liquidation',
    instrument,
    tsUs: time(T),
    price,
    size: base(size, price, value),
    nativeSize: size,
    isSell: S === 'SELL',
  };
}

function depth(
  data: any,
  instrument: number,
  isUsdm: boolean,
  value: number | undefined,
): ReferenceMessage {
  const bids = levels(data.b);
  const asks = levels(data.a);
  const firstId = id(data.U);
  const lastId = id(data.u);
  if (lastId < firstId) throw new Error('ids');
  return {
    type: 'depth',
    instrument,
    tsUs: time(isUsdm ? data.T : data.E),
    firstId,
    lastId,
    previousId: isUsdm ? id(data.pu) : Number.NaN,
    isSnapshot: false,
    checksum: Number.NaN,
    bids: bids.values.map(([price, size]) => [price, base(size, price, value)]),
    asks: asks.values.map(([price, size]) => [price, base(size, price, value)]),
    precisionLoss: bids.isLong || asks.isLong,
  };
}
