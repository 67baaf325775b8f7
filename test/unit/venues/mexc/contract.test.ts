/** What MEXC's contracts are asked, and how their answers are taken. */
import { describe, expect, test } from 'bun:test';
import { gzipSync } from 'node:zlib';
import { counter, createProtocol, decodeAnswer, decodeFrame, feed } from './feed.ts';

const ROOT = 'https://contract.mexc.com/api/v1/contract';
const DEAL =
  '{"symbol":"BTC_USDT","data":[{"p":115309.8,"v":55,"T":2,"t":1755487578276,"i":"7"}],' +
  '"channel":"push.deal","ts":1755487578276}';

describe('subscribing', () => {
  test('asks for one symbol and channel a frame, as plain text', () => {
    const protocol = createProtocol('mexc.contract', { symbols: ['BTC_USDT'] });
    const frames = protocol.subscribe(protocol.streams(), counter());
    expect(frames.map(({ text }) => JSON.parse(text))).toEqual([
      { method: 'sub.deal', param: { symbol: 'BTC_USDT' }, gzip: false },
      { method: 'sub.depth.full', param: { symbol: 'BTC_USDT', limit: 5 }, gzip: false },
      { method: 'sub.depth', param: { symbol: 'BTC_USDT', compress: true }, gzip: false },
      { method: 'sub.ticker', param: { symbol: 'BTC_USDT' }, gzip: false },
    ]);
    expect(frames.map((each) => each.answeredTo)).toEqual([
      ['sub.deal', 'BTC_USDT'],
      ['sub.depth.full', 'BTC_USDT'],
      ['sub.depth', 'BTC_USDT'],
      ['sub.ticker', 'BTC_USDT'],
    ]);
    expect(new Set(protocol.streams().map((each) => each.name)).size).toBe(4);
    expect(protocol.connectUrl('edge')).toBe('wss://contract.mexc.com/edge');
  });

  test('takes the short book away under both spellings', () => {
    const protocol = createProtocol('mexc.contract', {
      symbols: ['BTC_USDT'],
      channels: ['quotes'],
    });
    const frames = protocol.unsubscribe(protocol.streams(), counter());
    expect(frames.map(({ text }) => JSON.parse(text).method)).toEqual([
      'unsub.depth.full',
      'usub.depth.full',
    ]);
    expect(new Set(frames.map((each) => each.requestId)).size).toBe(2);
  });

  test('pings well within the minute', () => {
    expect(feed('mexc.contract').limits.heartbeatUs).toBeLessThanOrEqual(20_000_000);
    expect(createProtocol('mexc.contract').heartbeat()).toBe('{"method":"ping"}');
  });

  test('hands answers on by method, errors by symbol', () => {
    const protocol = createProtocol('mexc.contract');
    const told = (frame: object) => decodeFrame(protocol, JSON.stringify(frame)).messages;
    expect(told({ channel: 'rs.sub.depth.full', data: 'success', ts: '1' })).toEqual([
      { type: 'ack-in-order', answer: 'sub.depth.full', error: undefined },
    ]);
    expect(told({ channel: 'rs.sub.deal', data: 'no', ts: 1 })).toEqual([
      { type: 'ack-in-order', answer: 'sub.deal', error: 'no' },
    ]);
    expect(told({ channel: 'rs.error', data: 'Contract [NOPE_USDT] not exists' })).toEqual([
      { type: 'ack-in-order', answer: 'NOPE_USDT', error: 'Contract [NOPE_USDT] not exists' },
    ]);
  });
});

describe('frames', () => {
  test('are malformed while contract sizes are not known', () => {
    const bare = createProtocol('mexc.contract', { isBare: true });
    expect(feed('mexc.contract').needsInstruments).toBe(true);
    expect(decodeFrame(bare, DEAL)).toEqual({ outcome: 'malformed', messages: [] });
    const row = { symbol: 'BTC_USDT', baseCoin: 'BTC', quoteCoin: 'USDT', settleCoin: 'USDT' };
    const detail = (contractSize: number) => ({
      success: true,
      code: 0,
      data: { ...row, contractSize, state: 0 },
    });
    // One object, as it is answered where a symbol is asked for.
    decodeAnswer(bare, `${ROOT}/detail`, detail(0.001));
    expect(decodeFrame(bare, DEAL).messages).toMatchObject([{ size: 0.055, nativeSize: 55 }]);
    decodeAnswer(bare, `${ROOT}/detail`, detail(10));
    expect(decodeFrame(bare, DEAL.replace('"7"', '"8"')).messages).toMatchObject([{ size: 550 }]);
  });

  test('are read when the venue packs them all the same', () => {
    const protocol = createProtocol('mexc.contract');
    const packed = new Uint8Array(gzipSync(DEAL));
    expect(decodeFrame(protocol, packed)).toEqual(decodeFrame(protocol, DEAL));
    expect(decodeFrame(protocol, packed.subarray(0, 20)).outcome).toBe('malformed');
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(1 << 24, 0x20)));
    expect(decodeFrame(protocol, bomb).outcome).toBe('malformed');
  });

  test('that are no JSON object with a channel are malformed', () => {
    const protocol = createProtocol('mexc.contract');
    for (const frame of ['', '[]', '5', 'null', '{}', '{"channel":1}', `${DEAL}x`]) {
      expect(decodeFrame(protocol, frame)).toEqual({ outcome: 'malformed', messages: [] });
    }
  });
});

describe('requests', () => {
  test('name path, use and, behind the #, the time that is looked for', () => {
    const protocol = createProtocol('mexc.contract');
    expect(protocol.instrumentsRequest()).toEqual({ url: `${ROOT}/detail`, weight: 1 });
    expect(protocol.bookSnapshotRequest(0)?.url).toBe(`${ROOT}/depth/BTC_USDT?limit=1000`);
    const wanted = { fromId: Number.NaN, toId: Number.NaN, fromUs: 5_000_500, toUs: 9_000_500 };
    expect(protocol.tradesRequest(1, wanted)?.url).toBe(
      `${ROOT}/deals/BTC_USD?limit=100#5000-9001`,
    );
  });

  test('follow contract sizes and fundings', () => {
    const polls = createProtocol('mexc.contract', { symbols: ['BTC_USDT'] }).polls?.() ?? [];
    expect(polls.map(({ request, isLater }) => [request.url, isLater === true])).toEqual([
      [`${ROOT}/detail`, true],
      [`${ROOT}/funding_rate/BTC_USDT`, false],
    ]);
    const trades = createProtocol('mexc.contract', { channels: ['trades'] });
    expect(trades.polls?.()).toHaveLength(1);
  });
});

describe('answers', () => {
  test.each([
    ['{"success":true,"code":0,"data":[]}', 200],
    ['{"asks":[],"bids":[],"version":1}', 200],
    ['{"success":false,"code":510,"message":"too frequent"}', 429],
    ['{ "success" : false , "code" : 1001 }', 400],
    ['{"success":false,"code":600}', 400],
    ['{"success":false,"code":500}', 503],
    ['{"success":false}', 503],
    ['<html>', 200],
  ])('that say %p mean status %p', (body, status) => {
    expect(createProtocol('mexc.contract').answerStatus?.(body)).toBe(status);
  });

  test.each([
    ['/deals/BTC_USDT', '{"success":true,"data":[{"p":1,"v":1,"T":1,"t":"1"}]}'],
    ['/deals/BTC_USDT', '{"success":true,"data":[{"p":1,"v":1,"T":0,"t":1}]}'],
    ['/deals/BTC_USDT', '{"success":true,"data":{}}'],
    ['/deals', '{"success":true,"data":[]}'],
    ['/depth/BTC_USDT', '{"success":true,"data":{"asks":[],"bids":[]}}'],
    ['/depth/BTC_USDT', '{"success":false,"code":1001}'],
    ['/funding_rate/BTC_USDT', '{"success":true,"data":{"fundingRate":"0.1","timestamp":1}}'],
    ['/detail', '{"success":true,"data":[{"symbol":"A_B"}]}'],
    ['/detail', '[]'],
    ['/unknown', '{"success":true}'],
  ])('to %p of the form %p are refused', (path, body) => {
    const protocol = createProtocol('mexc.contract');
    expect(decodeAnswer(protocol, ROOT + path, body)).toEqual({
      outcome: 'malformed',
      messages: [],
    });
  });
});
