/** Streams, calls and their answers, and the chain of a book's changes. */
import { describe, expect, test } from 'bun:test';
import type { DepthMessage } from '../../../../src/venues/contract.ts';
import { CHAIN_RULE } from '../../../../src/venues/deribit/book-sync.ts';
import { createDepthMessage } from '../../../../src/venues/kit/messages.ts';
import { CHANNELS, createProtocol, decode, feed, ids } from './feed.ts';

const reply = (id: number, result: unknown) => ({ jsonrpc: '2.0', id, result, testnet: false });
const SPOT = ['BTC_USDC'];

describe('streams', () => {
  test('are one an instrument and channel; liquidations come with trades', () => {
    const names = createProtocol(['BTC/USD', 'BTC_USDC'])
      .streams()
      .map((each) => each.name);
    expect(names).toEqual([
      'trades.BTC-PERPETUAL.100ms',
      'quote.BTC-PERPETUAL',
      'book.BTC-PERPETUAL.100ms',
      'ticker.BTC-PERPETUAL.100ms',
      'trades.BTC_USDC.100ms',
      'quote.BTC_USDC',
      'book.BTC_USDC.100ms',
    ]);
  });

  test('of liquidations alone are the trades, of which nothing else is told', () => {
    const protocol = createProtocol(['BTC/USD'], ['liquidations']);
    expect(protocol.streams()).toMatchObject([
      { name: 'trades.BTC-PERPETUAL.100ms', channel: 'liquidations' },
    ]);
    const trade = { timestamp: 1, price: 2, amount: 10, direction: 'buy', trade_seq: 1 };
    const data = [{ ...trade, instrument_name: 'BTC-PERPETUAL', liquidation: 'T' }];
    const params = { channel: 'trades.BTC-PERPETUAL.100ms', data };
    const { messages } = decode(protocol, { method: 'subscription', params });
    expect(messages).toMatchObject([{ type: 'liquidation', size: 5, nativeSize: 10 }]);
  });
});

describe('a subscription', () => {
  test('puts many channels into one call, and asks to be tested first', () => {
    const symbols = Array.from({ length: 100 }, (_, i) => `C${i}/USDC`);
    const protocol = createProtocol(symbols, ['trades', 'quotes', 'book']);
    const frames = protocol.subscribe(protocol.streams(), ids());
    expect(frames.map((each) => each.streams.length)).toEqual([0, 250, 50]);
    expect(frames[0]?.text).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"public/set_heartbeat","params":{"interval":30}}',
    );
    for (const { text } of frames) expect(text.length).toBeLessThan(12_000);
    expect(JSON.parse(frames[2]?.text ?? '')).toMatchObject({ id: 3, method: 'public/subscribe' });
  });

  test('of one among many does not ask again', () => {
    const protocol = createProtocol();
    const [own] = protocol.streams();
    const frames = protocol.subscribe(own === undefined ? [] : [own], ids());
    expect(frames.map((each) => JSON.parse(each.text).method)).toEqual(['public/subscribe']);
    const leaving = protocol.unsubscribe(own === undefined ? [] : [own], ids());
    expect(leaving.map((each) => JSON.parse(each.text).method)).toEqual(['public/unsubscribe']);
    expect(protocol.subscribe([], ids())).toEqual([]);
  });

  test('is refused for channels that the answer does not list', () => {
    const protocol = createProtocol(SPOT, ['trades', 'quotes']);
    const [tests, call] = protocol.subscribe(protocol.streams(), ids());
    expect(decode(protocol, reply(tests?.requestId ?? 0, 'ok')).messages).toEqual([
      { type: 'ack', requestId: 1, error: undefined },
    ]);
    const { messages } = decode(protocol, reply(call?.requestId ?? 0, ['quote.BTC_USDC']));
    expect(messages).toEqual([
      {
        type: 'stream-ack',
        streamName: 'trades.BTC_USDC.100ms',
        error: 'it is not in the list of those taken',
      },
      { type: 'stream-ack', streamName: 'quote.BTC_USDC', error: undefined },
    ]);
  });

  test('that the venue has no time for is not refused', () => {
    const protocol = createProtocol();
    const [, call] = protocol.subscribe(protocol.streams(), ids());
    for (const code of [10028, 10040, 10041, 10066, 11051, 13028, 13888]) {
      const error = { code, message: 'later' };
      expect(decode(protocol, { jsonrpc: '2.0', id: call?.requestId, error })).toEqual({
        outcome: 'ok',
        messages: [],
      });
    }
    const error = { code: -32602, message: 'Invalid params' };
    expect(decode(protocol, { jsonrpc: '2.0', id: call?.requestId, error }).messages).toEqual([
      { type: 'ack', requestId: 2, error: '-32602 Invalid params' },
    ]);
    expect(decode(protocol, { jsonrpc: '2.0', error }).messages).toMatchObject([{ requestId: -1 }]);
  });

  test('that is answered by nonsense is malformed', () => {
    const protocol = createProtocol();
    const [, call] = protocol.subscribe(protocol.streams(), ids());
    expect(decode(protocol, reply(call?.requestId ?? 0, 'ok')).outcome).toBe('malformed');
    expect(decode(protocol, { id: 'x', result: [] }).outcome).toBe('malformed');
    expect(decode(protocol, { id: 1, error: 'no' }).outcome).toBe('malformed');
  });
});

describe('the chain of changes', () => {
  const event = (previousId: number, lastId: number): DepthMessage => {
    return { ...createDepthMessage(), previousId, lastId, firstId: lastId };
  };

  test('is followed by name, however far the ids jump', () => {
    expect(CHAIN_RULE.next(100, event(100, 5000))).toBe('apply');
    expect(CHAIN_RULE.first(100, event(100, 101))).toBe('apply');
  });

  test('breaks where a change follows another one', () => {
    expect(CHAIN_RULE.next(100, event(101, 102))).toBe('gap');
    expect(CHAIN_RULE.first(100, event(101, 102))).toBe('refetch');
    expect(CHAIN_RULE.next(100, event(99, 102))).toBe('gap');
  });

  test('passes over what the book has already', () => {
    expect(CHAIN_RULE.next(100, event(90, 100))).toBe('skip');
    expect(CHAIN_RULE.first(100, event(90, 95))).toBe('skip');
  });
});

test('requests of trades are by sequence, in pages', () => {
  const protocol = createProtocol();
  const wanted = { fromId: 7, toId: 5000, fromUs: 1, toUs: 2 };
  expect(protocol.tradesRequest(0, wanted)?.url).toBe(
    'https://www.deribit.com/api/v2/public/get_last_trades_by_instrument' +
      '?instrument_name=BTC-PERPETUAL&start_seq=7&end_seq=1006&count=1000&sorting=asc',
  );
  expect(protocol.tradesRequest(99, wanted)).toBeUndefined();
  expect(protocol.bookSnapshotRequest(0)).toBeUndefined();
  expect(feed.channels).toContainAllKeys([...CHANNELS]);
});
