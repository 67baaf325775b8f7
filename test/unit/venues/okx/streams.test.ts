/** What frames mean depends on those before them: tapes, backlogs, resets, merged ticks. */
import { describe, expect, test } from 'bun:test';
import { acked, book, createProtocol, hear, SPOT, SWAP, tradeFrame } from './okx-protocol.ts';

describe('trades', () => {
  test('of the other tape than the instrument’s are left out, but not in a replay', () => {
    const protocol = createProtocol();
    expect(hear(protocol, tradeFrame('trades', SPOT, '9', { count: '2' })).outcome).toBe('ignored');
    expect(hear(protocol, tradeFrame('trades-all', SPOT, '9')).outcome).toBe('ok');
    const replay = createProtocol({ anyTape: true });
    const { messages } = hear(replay, tradeFrame('trades', SPOT, '9', { count: '2' }));
    expect(messages).toMatchObject([{ tape: 'aggTrade', tradeId: 9, firstTradeId: 8 }]);
  });
});

describe('quotes', () => {
  const bbo = (seqId: number, price: string) => ({
    arg: { channel: 'bbo-tbt', instId: SPOT },
    data: [{ asks: [], bids: [[price, '1', '0', '1']], ts: '1597026383085', seqId }],
  });
  const ticker = {
    arg: { channel: 'tickers', instId: SPOT },
    data: [{ instId: SPOT, bidPx: '1', bidSz: '2', askPx: '', askSz: '', ts: '1597026383085' }],
  };

  test('tickers are quotes until the quote channel is there', () => {
    const protocol = createProtocol();
    expect(hear(protocol, ticker).messages).toMatchObject([
      { bidPrice: 1, bidSize: 2, askPrice: Number.NaN, askSize: 0 },
    ]);
    hear(protocol, bbo(5, '1'));
    expect(hear(protocol, ticker).outcome).toBe('ignored');
  });

  test('after ids began anew, one goes without, so that lower ids count again', () => {
    const protocol = createProtocol();
    const sequenceOf = (id: number) => hear(protocol, bbo(id, '1')).messages[0]?.sequence as number;
    expect(sequenceOf(1000)).toBe(1000);
    const sequences = Array.from({ length: 40 }, (_, i) => sequenceOf(10 + i));
    expect(sequences.filter(Number.isNaN)).toHaveLength(1);
    expect(sequences.at(-1)).toBe(49);
  });
});

describe('books', () => {
  test('after ids began anew unseen, updates are marked as no repeats', () => {
    const protocol = createProtocol();
    hear(protocol, book(SPOT, 'snapshot', [-1, 1000]));
    const first = Array.from({ length: 40 }, (_, i) => {
      const { messages } = hear(protocol, book(SPOT, 'update', [10 + i, 11 + i]));
      return messages[0]?.firstId as number;
    });
    expect(first.findIndex(Number.isNaN)).toBe(31);
  });

  test('of a second channel are left out', () => {
    const protocol = createProtocol();
    hear(protocol, book(SPOT, 'snapshot', [-1, 1000]));
    const other = {
      ...book(SPOT, 'update', [1000, 1001]),
      arg: { channel: 'books-l2-tbt', instId: SPOT },
    };
    expect(hear(protocol, other).outcome).toBe('ignored');
  });

  test('take their snapshot from the stream as long as it brings one', () => {
    const protocol = createProtocol();
    const ask = () => protocol.bookSnapshotRequest(0)?.url;
    expect(ask()).toBeUndefined();
    hear(protocol, acked('books', { instId: SPOT }));
    expect(ask()).toBeUndefined();
    hear(protocol, book(SPOT, 'snapshot', [-1, 10]));
    hear(protocol, book(SPOT, 'update', [10, 11]));
    expect(ask()).toBeUndefined();
  });
});

describe('derivative ticks', () => {
  test('carry the newest of each value, at the time of the last one', () => {
    const protocol = createProtocol();
    const tick = (channel: string, instId: string, more: object, ts: string) =>
      hear(protocol, { arg: { channel, instId }, data: [{ instId, ts, ...more }] }).messages;
    tick('mark-price', SWAP, { markPx: '100.5' }, '1');
    tick('index-tickers', 'BTC-USDT', { idxPx: '100.4' }, '2');
    tick('funding-rate', SWAP, { fundingRate: '-0.0001', fundingTime: '9' }, '3');
    expect(tick('open-interest', SWAP, { oi: '100', oiCcy: '1' }, '4')).toEqual([
      {
        type: 'derivative',
        instrument: 1,
        tsUs: 4000,
        markPrice: 100.5,
        indexPrice: 100.4,
        fundingRate: -0.0001,
        nextFundingUs: 9000,
        openInterest: 1,
      },
    ]);
  });
});

describe('liquidations', () => {
  const arg = { channel: 'liquidation-orders', instType: 'SWAP' };
  const frame = (...times: number[]) => ({
    arg,
    data: times.map((ts) => ({
      instId: SWAP,
      details: [{ side: 'sell', bkPx: '25000', sz: '2', ts: String(ts), posSide: 'long' }],
    })),
  });
  const timesOf = (heard: ReturnType<typeof hear>) =>
    heard.messages.map((each) => (each.tsUs as number) / 1000);

  test('of the backlog after the first subscription are left out', () => {
    const protocol = createProtocol();
    hear(protocol, acked(arg.channel, { instType: 'SWAP' }));
    expect(hear(protocol, frame(100, 200)).outcome).toBe('ignored');
    expect(timesOf(hear(protocol, frame(201)))).toEqual([201]);
  });

  test('that came between two subscriptions are taken from the second one’s backlog', () => {
    const protocol = createProtocol();
    hear(protocol, acked(arg.channel, { instType: 'SWAP' }));
    hear(protocol, frame(100));
    hear(protocol, frame(150));
    hear(protocol, acked(arg.channel, { instType: 'SWAP' }));
    expect(timesOf(hear(protocol, frame(90, 100, 150, 180)))).toEqual([180]);
  });

  test('of other instruments may look as they like, ours may not', () => {
    const protocol = createProtocol();
    const other = { arg, data: [{ instId: 'X-USDT-SWAP', details: [{ ts: '5' }] }] };
    expect(hear(protocol, other).outcome).toBe('ignored');
    expect(hear(protocol, { arg, data: [{ instId: SWAP, details: [{ ts: '5' }] }] }).outcome).toBe(
      'malformed',
    );
  });
});
