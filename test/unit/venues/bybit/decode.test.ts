/** The traps of the protocol sheet, one by one; the golden frames are in the venue's fixtures. */
import { describe, expect, test } from 'bun:test';
import { createProtocol, decodeFrame, IGNORED, MALFORMED } from './bybit-protocol.ts';

const TRADE =
  '{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{' +
  '"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick",' +
  '"i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":1783284617}]}';
const BOOK =
  '{"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1687940967466,"data":{"s":"BTCUSDT",' +
  '"b":[["30247.20","30.028"],["30240.00","0"]],"a":[["30248.70","0"]],"u":177400507,' +
  '"seq":66544703342},"cts":1687940967464}';
const QUOTE =
  '{"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1687940967466,"data":{"s":"BTCUSDT",' +
  '"b":[["30247.20","30.028"]],"a":[["30248.70","1.5"]],"u":5,"seq":6},"cts":1687940967464}';
const ticker = (type: string, fields: string, ts = 1673272861686) =>
  `{"topic":"tickers.BTCUSDT","type":"${type}","data":{"symbol":"BTCUSDT"${fields}},` +
  `"cs":1,"ts":${ts}}`;
const FULL =
  ',"markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744","fundingRate":"-0.0002"' +
  ',"nextFundingTime":"1673280000000"';

const linear = createProtocol('bybit.linear');

/** Decodes after a textual change that must apply. */
function changed(frame: string, from: string, to: string) {
  expect(frame).toContain(from);
  return decodeFrame(linear, frame.replace(from, to));
}

/** The same frame, and with a field that only the slow path takes: both must say the same. */
function onBothPaths(frame: string) {
  const fast = decodeFrame(linear, frame);
  expect(decodeFrame(linear, `${frame.slice(0, -1)},"zz":{"a":[1]}}`)).toEqual(fast);
  return fast;
}

describe('trades', () => {
  test('keep their text ids, on both paths', () => {
    expect(onBothPaths(TRADE).messages).toMatchObject([
      { tradeIdText: '20f43950-d8dd-5b31-9112-a178eb6023af', tradeId: Number.NaN, isSell: false },
    ]);
  });

  test('sold by the taker are those with S "Sell"', () => {
    expect(changed(TRADE, '"Buy"', '"Sell"').messages).toMatchObject([{ isSell: true }]);
    for (const side of ['"buy"', '"None"', '""', 'null', '1']) {
      expect(changed(TRADE, '"Buy"', side)).toEqual(MALFORMED);
    }
  });

  test('of a block are no trades of the market, of retail orders they are', () => {
    expect(changed(TRADE, '"BT":false', '"BT":true').messages).toMatchObject([{ isMarket: false }]);
    expect(changed(TRADE, '"RPI":false', '"RPI":true').messages).toMatchObject([
      { isMarket: true },
    ]);
    expect(changed(TRADE, '"BT":false,', '').messages).toMatchObject([{ isMarket: true }]);
    expect(changed(TRADE, '"BT":false', '"BT":"false"')).toEqual(MALFORMED);
  });

  test('come many in a frame, and one that is wrong spoils it whole', () => {
    const row = TRADE.slice(TRADE.indexOf('[') + 1, TRADE.lastIndexOf(']'));
    const frame = (rows: string[]) => TRADE.replace(row, rows.join());
    const rows = Array.from({ length: 1024 }, (_, i) => row.replace('20f43950', `id${i}`));
    const { messages } = onBothPaths(frame(rows));
    expect(messages).toHaveLength(1024);
    expect(messages[1023]?.tradeIdText).toBe('id1023-d8dd-5b31-9112-a178eb6023af');
    expect(decodeFrame(linear, frame([...rows, row.replace('16578.50', '-1')]))).toEqual(MALFORMED);
    expect(decodeFrame(linear, TRADE.replace(row, ''))).toEqual(IGNORED);
  });

  test.each(['"-0.5"', '"1e3"', '"016578.5"', '""', '"NaN"', '16578.5', 'null', '"0.00"'])(
    'refuse the price %p',
    (price) => {
      expect(changed(TRADE, '"16578.50"', price)).toEqual(MALFORMED);
    },
  );

  test.each([
    '"T":1672304486865,',
    '"s":"BTCUSDT",',
    '"S":"Buy",',
    '"v":"0.001",',
    '"p":"16578.50",',
  ])('refuse a row without %p', (field) => {
    expect(changed(TRADE, field, '')).toEqual(MALFORMED);
  });

  test('refuse an id that is no text of 1 to 64 characters', () => {
    const id = '"20f43950-d8dd-5b31-9112-a178eb6023af"';
    for (const other of ['5', '""', 'null', `"${'x'.repeat(65)}"`]) {
      expect(changed(TRADE, id, other)).toEqual(MALFORMED);
    }
  });

  test('refuse times that are no safe number of milliseconds', () => {
    for (const time of ['-1', '1.5', '"1672304486865"', '9007199254740993', '9007199254741']) {
      expect(changed(TRADE, '"T":1672304486865', `"T":${time}`)).toEqual(MALFORMED);
    }
  });

  test('whose type is not "snapshot" are refused', () => {
    expect(changed(TRADE, '"type":"snapshot"', '"type":"delta"')).toEqual(MALFORMED);
    expect(changed(TRADE, '"type":"snapshot",', '')).toEqual(MALFORMED);
  });

  test('with a doubled key are what JSON says: the last one counts', () => {
    expect(changed(TRADE, '"RPI":false', '"p":"5.5"').messages).toMatchObject([{ price: 5.5 }]);
  });

  test('report more digits than a float64 keeps, each trade for itself', () => {
    const long = changed(TRADE, '"0.001"', '"12345678.12345678"').messages;
    expect(long).toMatchObject([{ precisionLoss: true }]);
    expect(decodeFrame(linear, TRADE).messages).toMatchObject([{ precisionLoss: false }]);
  });
});

describe('books', () => {
  test('are read alike with type and ts in either order', () => {
    const moved = BOOK.replace(
      '"type":"delta","ts":1687940967466',
      '"ts":1687940967466,"type":"delta"',
    );
    expect(moved).not.toBe(BOOK);
    expect(onBothPaths(moved)).toEqual(onBothPaths(BOOK));
  });

  test('with asks before bids are read like the others', () => {
    const moved = BOOK.replace(/("b":.*?\]\]),("a":.*?\]\])/, '$2,$1');
    expect(moved).not.toBe(BOOK);
    expect(decodeFrame(linear, moved)).toEqual(decodeFrame(linear, BOOK));
  });

  test('of other depths are ignored live; a replay takes the first depth it meets', () => {
    const other = BOOK.replace('orderbook.200', 'orderbook.50');
    expect(decodeFrame(linear, other)).toEqual(IGNORED);
    const replay = createProtocol('bybit.linear', undefined, true);
    expect(decodeFrame(replay, other).outcome).toBe('ok');
    expect(decodeFrame(replay, BOOK)).toEqual(IGNORED);
    expect(decodeFrame(replay, other).outcome).toBe('ok');
  });

  test('need one of the two times', () => {
    expect(changed(BOOK, ',"cts":1687940967464', '').messages).toMatchObject([
      { tsUs: 1687940967466000 },
    ]);
    const none = BOOK.replace(',"cts":1687940967464', '').replace('"ts":1687940967466,', '');
    expect(decodeFrame(linear, none)).toEqual(MALFORMED);
  });

  test.each(['[["1","2"],["3"]]', '[["1","2"],["3","x"]]', '[["1","2","0"]]', '[["1",2]]', 'null'])(
    'with the asks %p deliver nothing',
    (asks) => {
      expect(changed(BOOK, '[["30248.70","0"]]', asks)).toEqual(MALFORMED);
    },
  );

  test('refuse ids beyond 2^53, and data of another instrument', () => {
    expect(changed(BOOK, '"u":177400507', '"u":9007199254740993')).toEqual(MALFORMED);
    expect(changed(BOOK, '"u":177400507', '"u":"177400507"')).toEqual(MALFORMED);
    expect(changed(BOOK, '"s":"BTCUSDT"', '"s":"ETHUSDT"')).toEqual(MALFORMED);
  });

  test('larger than the buffers grow them', () => {
    const levels = Array.from({ length: 3000 }, (_, i) => `["${i + 1}.5","${i}"]`).join();
    const { messages } = onBothPaths(BOOK.replace('["30240.00","0"]', levels));
    const bids = messages[0]?.bids as number[][] | undefined;
    expect(bids?.[3000]).toEqual([3000.5, 2999]);
  });
});

describe('quotes', () => {
  test('sent again with the same u say the same, without an id of the book', () => {
    const first = onBothPaths(QUOTE);
    expect(first.messages).toMatchObject([
      { type: 'quote', sequence: Number.NaN, bidSize: 30.028 },
    ]);
    expect(decodeFrame(linear, QUOTE)).toEqual(first);
  });

  test('have at most one level a side', () => {
    expect(changed(QUOTE, '["30247.20","30.028"]', '["2","1"],["1","1"]')).toEqual(MALFORMED);
  });
});

describe('tickers', () => {
  test('merge deltas into the snapshot: an absent field is unchanged', () => {
    const protocol = createProtocol('bybit.linear');
    const whole = {
      type: 'derivative',
      instrument: 0,
      tsUs: 1673272861686000,
      markPrice: 17217.33,
      indexPrice: 17227.36,
      fundingRate: -0.0002,
      nextFundingUs: 1673280000000000,
      openInterest: 34372,
    };
    expect(decodeFrame(protocol, ticker('snapshot', FULL)).messages).toEqual([whole]);
    const delta = ticker('delta', ',"markPrice":"17218"', 1673272861786);
    expect(decodeFrame(protocol, delta).messages).toEqual([
      { ...whole, tsUs: 1673272861786000, markPrice: 17218 },
    ]);
    // Nothing that we record changed.
    expect(decodeFrame(protocol, ticker('delta', ',"lastPrice":"1"'))).toEqual(IGNORED);
    // A snapshot starts anew: what it leaves out is not known.
    expect(decodeFrame(protocol, ticker('snapshot', ',"markPrice":"5"')).messages).toMatchObject([
      { markPrice: 5, indexPrice: Number.NaN, openInterest: Number.NaN },
    ]);
  });

  test('that are refused change nothing', () => {
    const protocol = createProtocol('bybit.linear');
    decodeFrame(protocol, ticker('snapshot', FULL));
    const bad = ticker('delta', ',"markPrice":"9","fundingRate":"x"');
    expect(decodeFrame(protocol, bad)).toEqual(MALFORMED);
    const { messages } = decodeFrame(protocol, ticker('delta', ',"indexPrice":"1"'));
    expect(messages).toMatchObject([{ markPrice: 17217.33, indexPrice: 1 }]);
  });

  test('of several instruments are kept apart', () => {
    const protocol = createProtocol('bybit.linear');
    decodeFrame(protocol, ticker('snapshot', FULL));
    const other = ticker('delta', ',"markPrice":"9"').replaceAll('BTCUSDT', 'ETHUSDT');
    expect(decodeFrame(protocol, other)).toEqual(IGNORED);
  });

  test.each([
    ',"markPrice":17217',
    ',"markPrice":null',
    ',"markPrice":"-1"',
    ',"nextFundingTime":1673280000000',
    ',"nextFundingTime":"soon"',
    ',"openInterest":"1e5"',
  ])('refuse %p', (fields) => {
    const protocol = createProtocol('bybit.linear');
    expect(decodeFrame(protocol, ticker('snapshot', fields))).toEqual(MALFORMED);
  });
});

describe('control frames', () => {
  const answer = (text: string) => decodeFrame(linear, text);

  test('a topic that is subscribed already is no refusal', () => {
    const text =
      '{"success":false,"ret_msg":"error:already subscribed,topic:x","req_id":"3",' +
      '"op":"subscribe"}';
    expect(answer(text).messages).toEqual([{ type: 'ack', requestId: 3, error: undefined }]);
  });

  test('a refusal without request is handed on as request -1', () => {
    const text = '{"success":false,"ret_msg":"","conn_id":"c","op":"subscribe"}';
    expect(answer(text).messages).toEqual([{ type: 'ack', requestId: -1, error: 'refused' }]);
  });

  test('pongs are ignored, whichever of the two forms they have', () => {
    expect(answer('{"success":true,"ret_msg":"pong","req_id":"5","op":"ping"}')).toEqual(IGNORED);
    expect(answer('{"args":["1672916271846"],"op":"pong"}')).toEqual(IGNORED);
  });

  test('of unexpected shape are malformed, unknown topics ignored', () => {
    for (const text of ['{"op":1}', '{"op":"subscribe"}', '{"topic":5}', '[]', 'null', '5', '']) {
      expect(answer(text)).toEqual(MALFORMED);
    }
    for (const text of ['{}', '{"topic":"liquidation.BTCUSDT"}', '{"topic":"kline.1.BTCUSDT"}']) {
      expect(answer(text)).toEqual(IGNORED);
    }
    expect(answer('['.repeat(500_000))).toEqual(MALFORMED);
    expect(decodeFrame(linear, new Uint8Array([0x7b, 0xff, 0x7d]))).toEqual(MALFORMED);
  });
});
