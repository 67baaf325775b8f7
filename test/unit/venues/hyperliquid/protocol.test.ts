/** Streams, acks and refusals, and the order of frames. */
import { describe, expect, test } from 'bun:test';
import type { Stream } from '../../../../src/venues/contract.ts';
import { createProtocol, decode } from './feed.ts';

function nextId(): () => number {
  let id = 0;
  return () => {
    id += 1;
    return id;
  };
}

const book = (time: number, price: string, fast?: boolean) => ({
  channel: 'l2Book',
  data: {
    coin: 'BTC',
    time,
    levels: [[{ px: price, sz: '1', n: 1 }], [{ px: '200', sz: '1', n: 1 }]],
    ...(fast === undefined ? {} : { fast }),
  },
});
const bbo = (time: number) => ({
  channel: 'bbo',
  data: { coin: 'BTC', time, bbo: [{ px: '1', sz: '1', n: 1 }, null] },
});

describe('streams', () => {
  test('are one an instrument and channel; spot pairs have no funding', () => {
    const names = createProtocol()
      .streams()
      .map((each) => each.name);
    expect(names).toContain('l2Book:BTC');
    expect(names).toContain('activeAssetCtx:kPEPE');
    expect(names).toContain('trades:PURR/USDC');
    expect(names).not.toContain('activeAssetCtx:@142');
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(3 * 4 + 2 * 3);
  });

  test('are subscribed one a frame, books with the flag that makes them fast', () => {
    const protocol = createProtocol(['BTC/USDC', '@142']);
    const frames = protocol.subscribe(protocol.streams(), nextId());
    expect(frames.map((each) => each.streams.length)).toEqual(frames.map(() => 1));
    const texts = frames.map((each) => each.text);
    expect(texts).toContain('{"method":"subscribe","subscription":{"type":"bbo","coin":"@142"}}');
    expect(texts).toContain(
      '{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","fast":true}}',
    );
  });
});

describe('a server that does not know the fast flag', () => {
  test('is asked again without it, and only then is a refusal one', () => {
    const protocol = createProtocol(['BTC/USDC']);
    const own = protocol.streams().filter((each) => each.channel === 'book') as [Stream];
    const refuse = (text: string) =>
      decode(protocol, {
        channel: 'error',
        data: `Error parsing JSON into valid websocket request: ${text}`,
      });
    const [first] = protocol.subscribe(own, nextId());
    expect(refuse(first?.text ?? '')).toEqual({ outcome: 'ok', messages: [] });
    const [second] = protocol.subscribe(own, nextId());
    expect(second?.text).toBe(
      '{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}',
    );
    expect(refuse(second?.text ?? '').messages).toMatchObject([
      { type: 'stream-ack', streamName: 'l2Book:BTC' },
    ]);
  });
});

describe('frames that come late', () => {
  test('do not take a book or a quote back in time', () => {
    const protocol = createProtocol();
    expect(decode(protocol, book(2000, '100')).outcome).toBe('ok');
    expect(decode(protocol, book(1999, '101')).outcome).toBe('ignored');
    expect(decode(protocol, book(2000, '102')).outcome).toBe('ok');
    expect(decode(protocol, bbo(1500)).outcome).toBe('ok');
    expect(decode(protocol, bbo(1400)).outcome).toBe('ignored');
  });

  test('count again when the venue set its clock back', () => {
    const protocol = createProtocol();
    expect(decode(protocol, book(60_000, '100')).outcome).toBe('ok');
    expect(decode(protocol, book(20_000, '101')).outcome).toBe('ok');
    expect(decode(protocol, book(20_001, '101')).outcome).toBe('ok');
  });
});

describe('two books of one coin', () => {
  test('are not mixed: once the fast one came the slow one is passed over', () => {
    const protocol = createProtocol();
    expect(decode(protocol, book(1, '100')).outcome).toBe('ok');
    expect(decode(protocol, book(2, '100', true)).outcome).toBe('ok');
    expect(decode(protocol, book(3, '100')).outcome).toBe('ignored');
    expect(decode(protocol, book(3, '100', false)).outcome).toBe('ignored');
    expect(decode(protocol, book(4, '100', true)).outcome).toBe('ok');
  });
});

test('the heartbeat is the venue’s ping', () => {
  expect(createProtocol().heartbeat()).toBe('{"method":"ping"}');
});
