/** Trades of the stream and rows of REST that have no ids, told to be the same or not. */
import { describe, expect, test } from 'bun:test';
import { TextId } from '../../../../src/model/text-id.ts';
import type { TradeMessage } from '../../../../src/venues/contract.ts';
import { createTradeMessage } from '../../../../src/venues/kit/messages.ts';
import { TradeJoin } from '../../../../src/venues/mexc/trade-join.ts';
import { deliverPage, type PageEdges } from '../../../../src/venues/mexc/trade-page.ts';
import type { Copied } from '../binance/collector.ts';
import { MexcCollector } from './feed.ts';

function trade(ms: number, price = 10, size = 1, isSell = false): TradeMessage {
  const message = createTradeMessage();
  return { ...message, tsUs: ms * 1000, price, size, nativeSize: size, isSell };
}

/** The id that the stream's `message`, called `id` by the venue, is known by. */
function onStream(join: TradeJoin, message: TradeMessage, id: string): string {
  message.textId.set(id);
  join.onStream(message);
  return String(message.textId);
}

const WIDE: PageEdges = { fromUs: 0, toUs: 1_000_000 };

function page(join: TradeJoin, rows: readonly TradeMessage[], edges = WIDE): readonly Copied[] {
  const out = new MexcCollector();
  deliverPage(3, rows, edges, join, out);
  return out.messages;
}

const idsOf = (messages: readonly Copied[]) =>
  messages.filter((each) => each.type === 'trade').map((each) => each.tradeIdText);

describe('a page', () => {
  test('gives a row the id of the trade it is', () => {
    const join = new TradeJoin();
    onStream(join, trade(5), 'a');
    onStream(join, trade(5, 11), 'b');
    expect(idsOf(page(join, [trade(5, 11), trade(5), trade(6)]))).toEqual([
      'b',
      'a',
      'rest:6000:10:1:b:0',
    ]);
  });

  test('counts rows that are equal in everything, and finds the one that is missing', () => {
    const join = new TradeJoin();
    onStream(join, trade(5), 'a');
    onStream(join, trade(5), 'b');
    const rows = [trade(5), trade(5), trade(5), trade(5, 10, 1, true)];
    const ids = ['a', 'b', 'rest:5000:10:1:b:2', 'rest:5000:10:1:s:0'];
    expect(idsOf(page(join, rows))).toEqual(ids);
    expect(idsOf(page(join, rows))).toEqual(ids);
  });

  test('is in order of time whichever way it is listed, and says its end', () => {
    const messages = page(new TradeJoin(), [trade(7), trade(6), trade(5)]);
    expect(messages.map((each) => each.tsUs)).toEqual([5000, 6000, 7000, undefined]);
    expect(messages.at(-1)).toEqual({ type: 'end', instrument: 3, count: 3 });
  });

  test('keeps the ids that rows have', () => {
    const row = { ...trade(5), textId: TextId.of('77') };
    expect(idsOf(page(new TradeJoin(), [row]))).toEqual(['77']);
  });

  test('makes no second copies at edges that were recorded before this process', () => {
    const edges = { fromUs: 5000, toUs: 9000 };
    const join = new TradeJoin();
    onStream(join, trade(9), 'after the restart');
    const messages = page(join, [trade(5), trade(6), trade(9), trade(9, 11)], edges);
    expect(messages.slice(0, 4).map((each) => each.isMarket)).toEqual([false, true, true, true]);
    expect(idsOf(messages)[2]).toBe('after the restart');
  });
});

describe('a trade of the stream', () => {
  test('that a page listed before, and nobody recorded, keeps its own id', () => {
    const join = new TradeJoin();
    const out = new MexcCollector();
    out.onTrade = () => false;
    deliverPage(3, [trade(5)], WIDE, join, out);
    expect(onStream(join, trade(5), 'x')).toBe('x');
    expect(join.knowsTime(6000)).toBe(false);
    expect(idsOf(page(join, [trade(5)]))).toEqual(['x']);
  });

  test('that REST brought before has the id it was given then', () => {
    const join = new TradeJoin();
    page(join, [trade(5), trade(5)]);
    expect(onStream(join, trade(5), 'x')).toBe('rest:5000:10:1:b:0');
    expect(onStream(join, trade(5), 'y')).toBe('rest:5000:10:1:b:1');
    expect(onStream(join, trade(5), 'z')).toBe('z');
  });

  test('that comes twice is one', () => {
    const join = new TradeJoin();
    expect(onStream(join, trade(5), 'x')).toBe('x');
    expect(onStream(join, trade(5), 'x')).toBe('x');
    expect(idsOf(page(join, [trade(5), trade(5)]))).toEqual(['x', 'rest:5000:10:1:b:1']);
  });
});

test('forgets the oldest, and its time with it', () => {
  const join = new TradeJoin();
  onStream(join, trade(1), 'first');
  expect(join.knowsTime(1000)).toBe(true);
  for (let ms = 2; ms <= 16_385; ms += 1) onStream(join, trade(ms), String(ms));
  expect(join.knowsTime(1000)).toBe(false);
  expect(join.knowsTime(2000)).toBe(true);
});
