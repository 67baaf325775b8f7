/**
 * Fuzz of Kraken's decoder: whatever happens to a frame, no throw, and what is delivered is exactly
 * what an independent reference reads, or nothing is. The reference reads every number by its text.
 */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { accident } from '../support/frame-accidents.ts';
import { type Copied, decodeFrame } from '../unit/venues/binance/collector.ts';
import { createProtocol, SYMBOLS } from '../unit/venues/kraken/kraken-protocol.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 8000);
console.log(`decode-kraken seed ${SEED}`);
const FIXTURES = join(import.meta.dirname, '../../src/venues/kraken/fixtures/documented.json');

class Refused extends Error {}

function need(condition: boolean): void {
  if (!condition) throw new Refused();
}

/** Numbers become `["#", text]`: no text of a frame's own can look like that. */
const keepText = (_key: string, value: unknown, context?: { source?: string }) =>
  typeof value === 'number' ? { '#': context?.source ?? '' } : value;

function textOf(value: unknown): string {
  need(typeof value === 'object' && value !== null && Object.keys(value).join() === '#');
  const text = (value as { '#': unknown })['#'];
  need(typeof text === 'string');
  return text as string;
}

function decimal(value: unknown): number {
  const text = textOf(value);
  const number = Number(text);
  need(number >= 0 && Number.isFinite(number));
  need(number > 0 || !/[1-9]/.test(text.split(/e/i)[0] as string));
  return number + 0;
}

function isLong(...values: unknown[]): boolean {
  return values.some((value) => {
    const digits = (textOf(value).split(/e/i)[0] as string).replace(/[-.]/g, '');
    return digits.replace(/^0+|0+$/g, '').length > 15;
  });
}

function id(value: unknown): number {
  const number = Number(textOf(value));
  need(Number.isSafeInteger(number) && number >= 0);
  // A number of more digits, or with an exponent, is refused though its value may be whole.
  need(!/e/i.test(textOf(value)) && !isLong(value));
  return number + 0;
}

/** µs; below 0 before 1970. */
function time(value: unknown): number {
  const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(?:Z|\+00:00)$/;
  const match = typeof value === 'string' ? form.exec(value) : null;
  need(match !== null);
  const ms = Date.parse(`${match?.[1]}Z`);
  need(!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(match?.[1] as string));
  return ms * 1000 + Number((match?.[2] ?? '').slice(0, 6).padEnd(6, '0'));
}

type Row = Record<string, unknown>;

function reference(bytes: Uint8Array): readonly Copied[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const frame = JSON.parse(text, keepText as never) as Row;
    need(typeof frame === 'object' && frame !== null && !Array.isArray(frame));
    if (frame.method !== undefined) return [];
    need(frame.type === 'snapshot' || frame.type === 'update');
    need(Array.isArray(frame.data));
    const rows = (frame.data as Row[]).flatMap((row) => {
      need(typeof row === 'object' && row !== null && !Array.isArray(row));
      need(typeof row.symbol === 'string');
      const instrument = SYMBOLS.indexOf(row.symbol as string);
      return instrument < 0 ? [] : read(frame, row, instrument);
    });
    return frame.channel === 'trade'
      ? rows.sort((a, b) => (a.tradeId as number) - (b.tradeId as number))
      : rows;
  } catch {
    return [];
  }
}

function read(frame: Row, row: Row, instrument: number): Copied[] {
  const nan = Number.NaN;
  if (frame.channel === 'trade') {
    need(row.side === 'buy' || row.side === 'sell');
    const [price, size] = [decimal(row.price), decimal(row.qty)];
    const tsUs = time(row.timestamp);
    need(price > 0 && size > 0 && tsUs >= 0);
    const trade = { instrument, tape: 'trade', tsUs, price, size, nativeSize: size };
    const names = { tradeId: id(row.trade_id), tradeIdText: '', firstTradeId: nan };
    const flags = { isSell: row.side === 'sell', isMarket: true };
    return [
      { type: 'trade', ...trade, ...names, ...flags, precisionLoss: isLong(row.price, row.qty) },
    ];
  }
  if (frame.channel === 'ticker') {
    const { bid, bid_qty, ask, ask_qty } = row;
    const [b = 0, bq = 0, a = 0, aq = 0] = [bid, bid_qty, ask, ask_qty].map(decimal);
    const tsUs = row.timestamp === undefined ? nan : time(row.timestamp);
    if (tsUs <= 0) return [];
    const bids = { bidPrice: b === 0 ? nan : b, bidSize: bq };
    const asks = { askPrice: a === 0 ? nan : a, askSize: aq };
    const precisionLoss = isLong(bid, bid_qty, ask, ask_qty);
    return [{ type: 'quote', instrument, tsUs, sequence: nan, ...bids, ...asks, precisionLoss }];
  }
  need(frame.channel === 'book');
  need(id(row.checksum) < 2 ** 32);
  const tsUs = row.timestamp === undefined ? nan : time(row.timestamp);
  need(!(tsUs < 0));
  let precisionLoss = false;
  const side = (levels: unknown) => {
    need(Array.isArray(levels));
    return (levels as Row[]).map((level) => {
      need(typeof level === 'object' && level !== null && !Array.isArray(level));
      need(decimal(level.price) > 0);
      precisionLoss ||= isLong(level.price, level.qty);
      return [decimal(level.price), decimal(level.qty)];
    });
  };
  const sides = { bids: side(row.bids), asks: side(row.asks) };
  const ids = { firstId: nan, lastId: nan, previousId: nan, checksum: nan };
  const isSnapshot = frame.type === 'snapshot';
  return [{ type: 'depth', instrument, tsUs, ...ids, isSnapshot, precisionLoss, ...sides }];
}

test('delivers what the reference reads, or nothing', () => {
  const frames = JSON.parse(readFileSync(FIXTURES, 'utf8'))
    .flatMap(({ frame }: { frame?: string }) => (frame === undefined ? [] : [frame]))
    .map((frame: string) => new TextEncoder().encode(frame)) as Uint8Array[];
  // Without the pair list, so that no checksum is handed on.
  const protocol = createProtocol();
  let delivered = 0;
  const check = (bytes: Uint8Array): void => {
    const { outcome, messages } = decodeFrame(protocol, bytes);
    const data = messages.filter((each) => each.type !== 'stream-ack' && each.type !== 'ack');
    expect(data).toEqual([...reference(bytes)]);
    if (data.length > 0) expect(outcome).toBe('ok');
    if (outcome !== 'ok') expect(messages).toEqual([]);
    delivered += data.length;
  };
  for (const frame of frames) check(frame);
  const telling = frames.filter((frame) => reference(frame).length > 0);
  const some = fc.oneof({ weight: 3, arbitrary: accident(telling) }, accident(frames));
  fc.assert(fc.property(some, check), { seed: SEED, numRuns: RUNS });
  expect(delivered).toBeGreaterThan(RUNS / 20);
});
