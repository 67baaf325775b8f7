/** The traps of the protocol sheet, one by one; the golden frames are in the venue's fixtures. */
import { describe, expect, test } from 'bun:test';
import { createProtocol, decodeFrame, IGNORED, MALFORMED, spotFrame } from './bitget-protocol.ts';

const ROW =
  '{"ts":"1695716760565","price":"27000.5","size":"0.001","side":"buy",' +
  '"tradeId":"1213456789012345678"}';
const TRADE = spotFrame('update', 'trade', `[${ROW}]`);
const BOOK = spotFrame(
  'snapshot',
  'books',
  '[{"asks":[["26274.9","0.0009"],["26275","1"]],"bids":[["26274.8","0.0009"]],"checksum":0,' +
    '"seq":1304314508780744705,"ts":"1695710946294"}]',
);
const ticker = (fields: string) =>
  '{"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"ticker","instId":"BTCUSDT"},' +
  `"data":[{"instId":"BTCUSDT",${fields}"ts":"1695715383021"}],"ts":1695715383029}`;

const spot = createProtocol('bitget.spot');

/** Decodes after a textual change that must apply. */
function changed(frame: string, from: string, to: string) {
  expect(frame).toContain(from);
  return decodeFrame(createProtocol('bitget.spot'), frame.replace(from, to));
}

/** The same frame, and with a field that only the slow path takes: both must say the same. */
function onBothPaths(frame: string) {
  const fast = decodeFrame(createProtocol('bitget.spot'), frame);
  const slow = `${frame.slice(0, -1)},"zz":{"a":[1]}}`;
  expect(decodeFrame(createProtocol('bitget.spot'), slow)).toEqual(fast);
  return fast;
}

describe('trades', () => {
  test('keep ids of 19 digits as text, on both paths', () => {
    expect(onBothPaths(TRADE).messages).toMatchObject([
      { tradeIdText: '1213456789012345678', tradeId: Number.NaN, isSell: false },
    ]);
  });

  test('of a backlog are trades like any: who has them passes over', () => {
    const backlog = TRADE.replace('"update"', '"snapshot"');
    expect(onBothPaths(backlog)).toEqual(onBothPaths(TRADE));
  });

  test('newest first are handed on oldest first, those of one time turned round', () => {
    const row = (id: number, ms: number) =>
      ROW.replace('1213456789012345678', `t${id}`).replace('1695716760565', String(ms));
    const rows = [row(4, 1002), row(3, 1001), row(2, 1001), row(1, 1000)];
    for (const list of [rows, rows.toReversed()]) {
      const { messages } = onBothPaths(spotFrame('snapshot', 'trade', `[${list}]`));
      expect(messages.map((each) => each.tradeIdText)).toEqual(['t1', 't2', 't3', 't4']);
    }
  });

  test('take the side in either case', () => {
    expect(changed(TRADE, '"buy"', '"sell"').messages).toMatchObject([{ isSell: true }]);
    expect(changed(TRADE, '"buy"', '"Sell"').messages).toMatchObject([{ isSell: true }]);
    for (const side of ['"bid"', '""', 'null', '1']) {
      expect(changed(TRADE, '"buy"', side)).toEqual(MALFORMED);
    }
  });

  test('refuse an id that is a number, for it is not itself any more', () => {
    for (const id of ['1213456789012345678', '""', 'null', `"${'x'.repeat(65)}"`]) {
      expect(changed(TRADE, '"1213456789012345678"', id)).toEqual(MALFORMED);
    }
  });

  test.each(['"-0.5"', '"1e3"', '"027000.5"', '""', '"NaN"', '27000.5', 'null', '"0.00"'])(
    'refuse the price %p',
    (price) => {
      expect(changed(TRADE, '"27000.5"', price)).toEqual(MALFORMED);
    },
  );

  test.each(['"-1"', '"1.5"', '"01"', '"soon"', '"9007199254741"', 'null', '1.5'])(
    'refuse the time %p',
    (time) => {
      expect(changed(TRADE, '"1695716760565"', time)).toEqual(MALFORMED);
    },
  );

  test('one of which is wrong spoil the frame whole; none say nothing', () => {
    const bad = ROW.replace('"0.001"', '"x"');
    expect(decodeFrame(spot, spotFrame('update', 'trade', `[${ROW},${bad}]`))).toEqual(MALFORMED);
    expect(decodeFrame(spot, spotFrame('update', 'trade', '[]'))).toEqual(IGNORED);
    expect(decodeFrame(spot, spotFrame('other', 'trade', `[${ROW}]`))).toEqual(MALFORMED);
  });
});

describe('the same symbol', () => {
  test('of the other market is another instrument', () => {
    expect(changed(TRADE, '"SPOT"', '"USDT-FUTURES"')).toEqual(IGNORED);
    expect(changed(TRADE, '"BTCUSDT"', '"XYZUSDT"')).toEqual(IGNORED);
  });
});

describe('books', () => {
  test('keep sequence numbers of 19 digits apart that a float64 cannot', () => {
    const protocol = createProtocol('bitget.spot');
    const update = BOOK.replace('"snapshot"', '"update"');
    const next = (seq: string, pseq: string) =>
      decodeFrame(
        protocol,
        update.replace('"seq":1304314508780744705', `"seq":${seq},"pseq":${pseq}`),
      ).messages[0];
    expect(Number('1304314508780744705')).toBe(Number('1304314508780744706'));
    const [first] = decodeFrame(protocol, BOOK).messages;
    const base = first?.lastId as number;
    expect(next('1304314508780744706', '1304314508780744705')).toMatchObject({
      lastId: base + 1,
      previousId: base,
    });
    expect(next('1304314508780744709', '1304314508780744708')).toMatchObject({
      lastId: base + 4,
      previousId: base + 3,
    });
  });

  test('are read alike on both paths, with a checksum of any kind or none', () => {
    const whole = onBothPaths(BOOK);
    expect(whole.outcome).toBe('ok');
    for (const checksum of ['', '"checksum":-1504501796,', '"checksum":"x",']) {
      expect(changed(BOOK, '"checksum":0,', checksum)).toEqual(whole);
    }
  });

  test('with bids first are read like the others', () => {
    const moved = BOOK.replace(/("asks":.*?\]\]),("bids":.*?\]\])/, '$2,$1');
    expect(moved).not.toBe(BOOK);
    expect(onBothPaths(moved)).toEqual(onBothPaths(BOOK));
  });

  test.each(['-1', '1.5', '1e18', 'null', '0123', '"12x"', '99999999999999999999999', '[]'])(
    'refuse the sequence number %p',
    (seq) => {
      expect(changed(BOOK, '1304314508780744705', seq)).toEqual(MALFORMED);
      const both = `1304314508780744705,"pseq":${seq}`;
      expect(changed(BOOK, '1304314508780744705', both)).toEqual(MALFORMED);
    },
  );

  test('that are refused do not move the sequence on', () => {
    const protocol = createProtocol('bitget.spot');
    decodeFrame(protocol, BOOK);
    const update = (seq: number, asks: string) =>
      spotFrame(
        'update',
        'books',
        `[{"asks":${asks},"bids":[],"seq":130431450878074470${seq},` +
          `"pseq":130431450878074470${seq - 1},"ts":"1695710946294"}]`,
      );
    expect(decodeFrame(protocol, update(9, '[["1","x"]]'))).toEqual(MALFORMED);
    const { messages } = decodeFrame(protocol, update(6, '[["1","2"]]'));
    expect(messages).toMatchObject([{ lastId: 314508780744706, previousId: 314508780744705 }]);
  });

  test.each(['[["1","2"],["3"]]', '[["3","x"]]', '[["1","2","0"]]', '[["1",2]]', 'null'])(
    'with the bids %p deliver nothing',
    (bids) => {
      expect(changed(BOOK, '[["26274.8","0.0009"]]', bids)).toEqual(MALFORMED);
    },
  );

  test('larger than the buffers grow them', () => {
    const levels = Array.from({ length: 3000 }, (_, i) => `["${i + 1}.5","${i}"]`).join();
    const { messages } = onBothPaths(BOOK.replace('["26275","1"]', levels));
    const asks = messages[0]?.asks as number[][] | undefined;
    expect(asks?.[3000]).toEqual([3000.5, 2999]);
    expect(messages[0]?.bids).toEqual([[26274.8, 0.0009]]);
  });
});

describe('quotes', () => {
  const quote = (seq: string, bid = '26274.8') =>
    spotFrame(
      'snapshot',
      'books1',
      `[{"asks":[["26274.9","0.0009"]],"bids":[["${bid}","0.5"]],${seq}"ts":"1695710946294"}]`,
    );
  const at = (n: number) => `"seq":13043145087807447${String(n).padStart(2, '0')},`;

  test('that a newer one has overtaken are passed over', () => {
    const protocol = createProtocol('bitget.spot');
    const outcomes = [5, 7, 6, 5, 7, 8].map((n) => decodeFrame(protocol, quote(at(n))).outcome);
    expect(outcomes).toEqual(['ok', 'ok', 'ignored', 'ignored', 'ok', 'ok']);
  });

  test('that stay behind are the new count of the venue', () => {
    const protocol = createProtocol('bitget.spot');
    decodeFrame(protocol, quote(at(99)));
    const outcomes = Array.from({ length: 40 }, (_, i) => decodeFrame(protocol, quote(at(i))));
    expect(outcomes.findIndex(({ outcome }) => outcome === 'ok')).toBe(32);
    expect(outcomes.slice(32).every(({ outcome }) => outcome === 'ok')).toBe(true);
  });

  test('carry no id of the book; an empty side is 0', () => {
    const { messages } = onBothPaths(quote(at(5)).replace('[["26274.8","0.5"]]', '[]'));
    expect(messages).toMatchObject([
      { bidPrice: 0, bidSize: 0, askPrice: 26274.9, sequence: Number.NaN },
    ]);
    expect(decodeFrame(spot, quote('')).outcome).toBe('ok');
    expect(decodeFrame(spot, quote(at(5)).replace('"snapshot"', '"update"'))).toEqual(MALFORMED);
  });
});

describe('tickers', () => {
  const usdt = () => createProtocol('bitget.usdt');

  test('are handed on when what is recorded of them changed', () => {
    const protocol = usdt();
    const first = ticker('"lastPr":"1","markPrice":"27000","fundingRate":"-0.0001",');
    expect(decodeFrame(protocol, first).messages).toMatchObject([
      { markPrice: 27000, fundingRate: -0.0001, indexPrice: Number.NaN },
    ]);
    expect(decodeFrame(protocol, first.replace('"1"', '"2"'))).toEqual(IGNORED);
    expect(decodeFrame(protocol, first.replace('27000', '27001')).outcome).toBe('ok');
  });

  test.each(['"markPrice":27000,', '"markPrice":"-1",', '"nextFundingTime":"x",'])(
    'refuse %p',
    (field) => {
      expect(decodeFrame(usdt(), ticker(field))).toEqual(MALFORMED);
    },
  );

  test('know no funding time where the venue says 0 or nothing', () => {
    const fields = '"markPrice":"1","nextFundingTime":"0","fundingRate":"",';
    expect(decodeFrame(usdt(), ticker(fields)).messages).toMatchObject([
      { nextFundingUs: Number.NaN, fundingRate: Number.NaN },
    ]);
  });
});

describe('version 3', () => {
  const v3 = () => createProtocol('bitget.spot', undefined, 'wss://ws.bitget.com/v3/ws/public');
  const frame = (topic: string, data: string, action = 'update') =>
    `{"action":"${action}","arg":{"instType":"spot","topic":"${topic}","symbol":"BTCUSDT"},` +
    `"data":${data},"ts":1695710946294}`;

  test('is chosen by the URL', () => {
    expect(v3().connectUrl('public')).toBe('wss://ws.bitget.com/v3/ws/public');
    expect(spot.connectUrl('public')).toBe('wss://ws.bitget.com/v2/ws/public');
    expect(
      v3()
        .streams()
        .map((each) => each.name),
    ).toContain('publicTrade.BTCUSDT');
  });

  test('names fields in its own way', () => {
    const protocol = v3();
    const trade = '[{"i":"12","p":"5.5","v":"2","S":"sell","T":"1695716760565","L":"1"}]';
    expect(decodeFrame(protocol, frame('publicTrade', trade)).messages).toMatchObject([
      { tradeIdText: '12', price: 5.5, size: 2, isSell: true, tsUs: 1695716760565000 },
    ]);
    const book =
      '[{"a":[["6","1"]],"b":[["5","2"]],"seq":1304314508780744705,"pseq":0,"checksum":0,' +
      '"maxDepth":"400","ts":"1695710946294"}]';
    expect(decodeFrame(protocol, frame('books', book, 'snapshot')).messages).toMatchObject([
      { type: 'depth', isSnapshot: true, bids: [[5, 2]], asks: [[6, 1]] },
    ]);
    expect(decodeFrame(protocol, TRADE)).toEqual(MALFORMED);
  });
});

describe('control frames', () => {
  test('name the stream they answer for', () => {
    const arg = '{"instType":"SPOT","channel":"books","instId":"ETHUSDT"}';
    expect(decodeFrame(spot, `{"event":"subscribe","arg":${arg}}`).messages).toEqual([
      { type: 'stream-ack', streamName: 'books.ETHUSDT', error: undefined },
    ]);
    const refusal = `{"event":"error","arg":${arg},"code":30001,"msg":"no"}`;
    expect(decodeFrame(spot, refusal).messages).toEqual([
      { type: 'stream-ack', streamName: 'books.ETHUSDT', error: '30001 no' },
    ]);
  });

  test('of unexpected shape are malformed, unknown events ignored', () => {
    const bad = [
      '{"event":1}',
      '{"event":"subscribe"}',
      '{"event":"error"}',
      '{"action":"update"}',
    ];
    for (const text of [...bad, '[]', 'null', '5', '', 'pongs', '['.repeat(500_000)]) {
      expect(decodeFrame(spot, text)).toEqual(MALFORMED);
    }
    for (const text of ['{}', '{"event":"login"}', 'pong']) {
      expect(decodeFrame(spot, text)).toEqual(IGNORED);
    }
    expect(decodeFrame(spot, new Uint8Array([0x7b, 0xff, 0x7d]))).toEqual(MALFORMED);
  });

  test('with the word seq inside a text are what JSON says', () => {
    const said = String.raw`"\"seq\":5, \\\"seq\":1304314508780744705"`;
    const text = `{"event":"error","code":1,"msg":${said}}`;
    const [message] = decodeFrame(spot, text).messages;
    expect(message?.error).toBe(`1 ${JSON.parse(text).msg}`);
  });
});
