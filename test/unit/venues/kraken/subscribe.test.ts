import { describe, expect, test } from 'bun:test';
import { decodeFrame } from '../binance/collector.ts';
import { createProtocol, feed } from './kraken-protocol.ts';

function frames(protocol: ReturnType<typeof createProtocol>, verb: 'subscribe' | 'unsubscribe') {
  let id = 0;
  return protocol[verb](protocol.streams(), () => {
    id += 1;
    return id;
  });
}

describe('subscribing', () => {
  test('takes one frame a channel, with every symbol in it', () => {
    const texts = frames(createProtocol(['BTC/USD', 'ETH/USD']), 'subscribe').map((f) => f.text);
    expect(texts.map((text) => JSON.parse(text))).toEqual([
      {
        method: 'subscribe',
        params: { channel: 'trade', symbol: ['BTC/USD', 'ETH/USD'], snapshot: false },
        req_id: 1,
      },
      {
        method: 'subscribe',
        params: {
          channel: 'ticker',
          symbol: ['BTC/USD', 'ETH/USD'],
          event_trigger: 'bbo',
          snapshot: true,
        },
        req_id: 2,
      },
      {
        method: 'subscribe',
        params: { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'], depth: 100, snapshot: true },
        req_id: 3,
      },
    ]);
  });

  test('names the depth when it ends, as it must match', () => {
    const texts = frames(createProtocol(['BTC/USD'], ['book']), 'unsubscribe').map((f) => f.text);
    expect(JSON.parse(texts[0] as string).params).toEqual({
      channel: 'book',
      symbol: ['BTC/USD'],
      depth: 100,
    });
  });

  test('keeps every frame short, and no stream is left out', () => {
    const protocol = createProtocol(feed.catalogue);
    const all = frames(protocol, 'subscribe');
    for (const { text } of all) expect(text.length).toBeLessThanOrEqual(4096);
    expect(all.flatMap((each) => each.streams)).toHaveLength(protocol.streams().length);
    expect(new Set(protocol.streams().map((each) => each.name)).size).toBe(
      protocol.streams().length,
    );
    expect(new Set(all.map((each) => each.requestId)).size).toBe(all.length);
  });

  test('a refusal names channel and symbol, though the venue says the symbol only', () => {
    const protocol = createProtocol();
    frames(protocol, 'subscribe');
    const refusal = (error: string) =>
      decodeFrame(
        protocol,
        `{"error":"${error}","method":"subscribe","req_id":3,"success":false,"symbol":"ETH/USD"}`,
      );
    expect(refusal('Currency pair not supported ETH/USD').messages).toEqual([
      {
        type: 'stream-ack',
        streamName: 'book ETH/USD',
        error: 'Currency pair not supported ETH/USD',
      },
    ]);
    expect(refusal('Already subscribed').messages).toEqual([
      { type: 'stream-ack', streamName: 'book ETH/USD', error: undefined },
    ]);
    expect(refusal('Exceeded msg rate').messages).toEqual([]);
  });

  test('an unsubscription that was none is as good as one', () => {
    const text =
      '{"error":"Subscription Not Found","method":"unsubscribe","req_id":5,"success":false}';
    expect(decodeFrame(createProtocol(), text).messages).toEqual([
      { type: 'ack', requestId: 5, error: undefined },
    ]);
  });
});
