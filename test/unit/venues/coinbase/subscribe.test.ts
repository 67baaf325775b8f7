import { describe, expect, test } from 'bun:test';
import { decodeFrame } from '../binance/collector.ts';
import { createProtocol } from './coinbase-protocol.ts';

function texts(protocol: ReturnType<typeof createProtocol>, verb: 'subscribe' | 'unsubscribe') {
  let id = 0;
  const frames = protocol[verb](protocol.streams(), () => {
    id += 1;
    return id;
  });
  return frames.map(({ text }) => JSON.parse(text));
}

const error = (message: string, reason: string) =>
  decodeFrame(createProtocol(), JSON.stringify({ type: 'error', message, reason }));
const namesOf = ({ messages }: ReturnType<typeof error>) => messages.map((each) => each.streamName);

describe('subscribing', () => {
  test('takes one frame a product, so that one wrong name harms no other', () => {
    expect(texts(createProtocol(['BTC/USD', 'ETH/USD']), 'subscribe')).toEqual([
      {
        type: 'subscribe',
        product_ids: ['BTC-USD'],
        channels: ['matches', 'ticker', 'level2_batch', 'heartbeat'],
      },
      {
        type: 'subscribe',
        product_ids: ['ETH-USD'],
        channels: ['matches', 'ticker', 'level2_batch', 'heartbeat'],
      },
    ]);
  });

  test('leaves the heartbeat alone when a stream is subscribed again', () => {
    expect(texts(createProtocol(['BTC/USD'], ['book']), 'unsubscribe')).toEqual([
      { type: 'unsubscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] },
    ]);
    expect(texts(createProtocol(['BTC/USD'], ['book']), 'subscribe')).toEqual([
      { type: 'subscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] },
    ]);
  });
});

describe('an error', () => {
  test('that names a product refuses its streams, and no others', () => {
    const answer = error('Failed to subscribe', 'ETH-USD is not a valid product');
    expect(answer.outcome).toBe('ok');
    expect(namesOf(answer)).toEqual(['matches ETH-USD', 'ticker ETH-USD', 'level2_batch ETH-USD']);
    expect(answer.messages[0]?.error).toBe('Failed to subscribe: ETH-USD is not a valid product');
  });

  test('that names a channel refuses that channel', () => {
    const answer = error('Failed to subscribe', 'level2_batch requires authentication');
    expect(namesOf(answer)).toEqual([
      'level2_batch BTC-USD',
      'level2_batch ETH-USD',
      'level2_batch ETH-BTC',
    ]);
  });

  test('that names neither refuses nothing', () => {
    expect(error('Rate limit exceeded', 'slow down').outcome).toBe('ignored');
    expect(namesOf(error('Failed to subscribe', 'QQZZX-USD is not a valid product'))).toEqual([]);
  });
});
