/** The worked example of the venue's guide, through decoder, keeper and checksum. */
import { describe, expect, test } from 'bun:test';
import { OrderBook } from '../../../../src/book/order-book.ts';
import type { DepthMessage } from '../../../../src/venues/contract.ts';
import { digitsOf, digitsOfText } from '../../../../src/venues/kraken/checksum.ts';
import { Collector } from '../binance/collector.ts';
import {
  bookFrame,
  createProtocol,
  type LevelTexts,
  PAIRS_URL,
  pairList,
} from './kraken-protocol.ts';

const BIDS: LevelTexts = [
  ['45283.5', '0.10000000'],
  ['45283.4', '1.54582015'],
  ['45282.1', '0.10000000'],
  ['45281.0', '0.10000000'],
  ['45280.3', '1.54592586'],
  ['45279.0', '0.07990000'],
  ['45277.6', '0.03310103'],
  ['45277.5', '0.30000000'],
  ['45277.3', '1.54602737'],
  ['45276.6', '0.15445238'],
];
const ASKS: LevelTexts = [
  ['45285.2', '0.00100000'],
  ['45286.4', '1.54571953'],
  ['45286.6', '1.54571109'],
  ['45289.6', '1.54560911'],
  ['45290.2', '0.15890660'],
  ['45291.8', '1.54553491'],
  ['45294.7', '0.04454749'],
  ['45296.1', '0.35380000'],
  ['45297.5', '0.09945542'],
  ['45299.5', '0.18772827'],
];
const CHECKSUM = 3_310_070_434;
/** What comes out when zeros at the end are lost. */
const CHECKSUM_WITHOUT_ZEROS = 1_604_409_348;

class Books extends Collector {
  readonly book = new OrderBook();
  last: DepthMessage | undefined;

  override onDepth(message: DepthMessage): void {
    const { prices, sizes, bidCount, askCount } = message;
    if (message.isSnapshot) this.book.load(prices, sizes, bidCount, askCount);
    else this.book.apply(prices, sizes, bidCount, askCount);
    this.last = message;
  }
}

function verify(frame: Uint8Array, decimals: readonly [number, number] | undefined) {
  const protocol = createProtocol();
  const out = new Books();
  if (decimals !== undefined) {
    expect(protocol.decodeRest(PAIRS_URL, pairList(...decimals), out)).toBe('ok');
  }
  expect(protocol.decode(frame, frame.length, out)).toBe('ok');
  const message = out.last as DepthMessage;
  return { checksum: message.checksum, isEqual: protocol.verifyBook?.(message, out.book) };
}

describe('the checksum of the book', () => {
  test('is the documented one for the documented book', () => {
    const frame = bookFrame('snapshot', BIDS, ASKS, CHECKSUM);
    expect(verify(frame, [1, 8])).toEqual({ checksum: CHECKSUM, isEqual: true });
  });

  test('does not depend on zeros the venue writes or leaves out', () => {
    const short = (levels: LevelTexts): LevelTexts =>
      levels.map(([price, size]) => [String(Number(price)), String(Number(size))]);
    const frame = bookFrame('snapshot', short(BIDS), short(ASKS), CHECKSUM);
    expect(verify(frame, [1, 8]).isEqual).toBe(true);
  });

  test('is wrong with the zeros lost, as the trap has it', () => {
    const frame = bookFrame('snapshot', BIDS, ASKS, CHECKSUM_WITHOUT_ZEROS);
    expect(verify(frame, [1, 8]).isEqual).toBe(false);
  });

  test('is wrong when one of its twenty levels differs in the last digit', () => {
    for (const side of ['bids', 'asks'] as const) {
      for (let i = 0; i < 10; i += 1) {
        const change = (levels: LevelTexts, isChanged: boolean): LevelTexts =>
          levels.map(([price, size], at) => [
            price,
            isChanged && at === i ? (Number(size) + 1e-8).toFixed(8) : size,
          ]);
        const bids = change(BIDS, side === 'bids');
        const asks = change(ASKS, side === 'asks');
        expect(verify(bookFrame('snapshot', bids, asks, CHECKSUM), [1, 8]).isEqual).toBe(false);
      }
    }
  });

  test('leaves out what is below the best ten', () => {
    const bids: LevelTexts = [...BIDS, ['45000.0', '3.00000000']];
    const frame = bookFrame('snapshot', bids, ASKS, CHECKSUM);
    expect(verify(frame, [1, 8]).isEqual).toBe(true);
  });

  test('is not looked at while the decimals of the pair are unknown', () => {
    const frame = bookFrame('snapshot', BIDS, ASKS, 1);
    expect(verify(frame, undefined).checksum).toBeNaN();
  });

  test('takes the decimals from the instrument channel too', () => {
    const protocol = createProtocol();
    const pairs = '{"symbol":"BTC/USD","price_precision":1,"qty_precision":8},{"symbol":"A/B"}';
    const text = `{"channel":"instrument","type":"update","data":{"assets":[],"pairs":[${pairs}]}}`;
    const out = new Books();
    const bytes = new TextEncoder().encode(text);
    expect(protocol.decode(bytes, bytes.length, out)).toBe('ignored');
    const frame = bookFrame('snapshot', BIDS, ASKS, CHECKSUM);
    protocol.decode(frame, frame.length, out);
    expect(protocol.verifyBook?.(out.last as DepthMessage, out.book)).toBe(true);
  });
});

describe('digits', () => {
  test.each([
    [45285.2, 1, '452852'],
    [0.001, 8, '100000'],
    [0.00000001, 8, '1'],
    [1e-8, 12, '10000'],
    [3, 0, '3'],
    [123_456_789_012.1, 8, '12345678901210000000'],
    [1e21, 2, `1${'0'.repeat(23)}`],
  ])('of %p with %p decimals are %p', (value, decimals, digits) => {
    expect(digitsOf(value, decimals)).toBe(digits);
  });

  test('of text keep what a float64 would lose', () => {
    expect(digitsOfText('12345678901.12345678', 8)).toBe('1234567890112345678');
    expect(digitsOfText('0.0050', 5)).toBe('500');
  });
});
