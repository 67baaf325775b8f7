/** The traps of the protocol sheets, one by one. */
import { describe, expect, test } from 'bun:test';
import { createProtocol, type Decoded, decodeFrame } from './collector.ts';

const SPOT_TRADE =
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,' +
  '"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}';
const USDM_TRADE =
  '{"stream":"ethusdt@trade","data":{"e":"trade","E":1723161256560,"T":1723161256560,' +
  '"s":"ETHUSDT","t":4308068523,"p":"2681.62","q":"1.000","X":"MARKET","m":true}}';
const SPOT_QUOTE =
  '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000",' +
  '"B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}';
const SPOT_DEPTH =
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT",' +
  '"U":100,"u":104,"b":[["55653.87000000","0.00000000"]],"a":[["61838.04000000","0.32332000"]]}}';
const USDM_DEPTH =
  '{"stream":"ethusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256303,"T":1723161256302,' +
  '"s":"ETHUSDT","U":100,"u":104,"pu":99,"b":[["200.00","10.229"]],"a":[]}}';

const spot = createProtocol('binance.spot');
const usdm = createProtocol('binance.usdm', { tape: 'trade' });

/** Decodes after a textual change that must apply. */
function changed(protocol: typeof spot, frame: string, from: string, to: string) {
  expect(frame).toContain(from);
  return decodeFrame(protocol, frame.replace(from, to));
}

const MALFORMED: Decoded = { outcome: 'malformed', messages: [] };
const IGNORED: Decoded = { outcome: 'ignored', messages: [] };

describe('trades', () => {
  test('of the tape that is not recorded are ignored, unless any tape is asked for', () => {
    expect(decodeFrame(createProtocol('binance.usdm'), USDM_TRADE)).toEqual(IGNORED);
    const any = createProtocol('binance.usdm', { anyTape: true });
    expect(decodeFrame(any, USDM_TRADE).messages).toMatchObject([{ tape: 'trade' }]);
  });

  test('sold by the aggressor are those whose buyer was the maker', () => {
    expect(decodeFrame(spot, SPOT_TRADE).messages).toMatchObject([{ isSell: true }]);
    const bought = changed(spot, SPOT_TRADE, '"m":true', '"m":false');
    expect(bought.messages).toMatchObject([{ isSell: false }]);
  });

  test('keep an id of 2^53 - 1 and refuse any larger one', () => {
    const largest = changed(spot, SPOT_TRADE, '3735683259', '9007199254740991');
    expect(largest.messages).toMatchObject([{ tradeId: 9007199254740991 }]);
    for (const id of ['9007199254740992', '9007199254740993', '18446744073709551615', '1e300']) {
      expect(changed(spot, SPOT_TRADE, '3735683259', id)).toEqual(MALFORMED);
    }
  });

  test.each(['"-0.5"', '"1e3"', '"0061837.63"', '""', '"NaN"', '61837.63', 'null', '"0.00"'])(
    'refuse the price %p',
    (price) => {
      expect(changed(spot, SPOT_TRADE, '"61837.63000000"', price)).toEqual(MALFORMED);
    },
  );

  test.each([
    '"T":1723161255342,',
    '"m":true,',
    '"t":3735683259,',
    '"e":"trade",',
    '"s":"BTCUSDT",',
  ])('refuse a frame without %p', (field) => {
    expect(changed(spot, SPOT_TRADE, field, '')).toEqual(MALFORMED);
  });

  test('of usdm without an order type are refused: what kind of print it was is unknown', () => {
    expect(changed(usdm, USDM_TRADE, '"X":"MARKET",', '')).toEqual(MALFORMED);
  });

  test('on a stream of another instrument are refused', () => {
    expect(changed(spot, SPOT_TRADE, '"s":"BTCUSDT"', '"s":"ETHUSDT"')).toEqual(MALFORMED);
    expect(changed(spot, SPOT_TRADE, 'btcusdt@', 'xrpusdt@')).toEqual(IGNORED);
  });

  test('with unknown extra fields of any kind are read', () => {
    for (const extra of ['"zz":1.5', '"zz":"é"', '"zz":{"p":"1"}', '"zz":[[1]]', '"b":7,"a":8']) {
      const { outcome, messages } = changed(spot, SPOT_TRADE, '"M":true', extra);
      expect(outcome).toBe('ok');
      expect(messages).toMatchObject([{ price: 61837.63, tradeId: 3735683259 }]);
    }
  });

  test('with a doubled key are what JSON says: the last one counts', () => {
    const { messages } = changed(spot, SPOT_TRADE, '"M":true', '"p":"5.5"');
    expect(messages).toMatchObject([{ price: 5.5 }]);
  });

  test('report more digits than a float64 keeps', () => {
    expect(decodeFrame(spot, SPOT_TRADE).messages).toMatchObject([{ precisionLoss: false }]);
    const long = changed(spot, SPOT_TRADE, '"0.02000000"', '"12345678.12345678"');
    expect(long.messages).toMatchObject([{ precisionLoss: true, size: 12345678.12345678 }]);
  });
});

describe('times', () => {
  test('of 16 digits are microseconds already', () => {
    const { messages } = changed(spot, SPOT_TRADE, '"T":1723161255342', '"T":1723161255342987');
    expect(messages).toMatchObject([{ tsUs: 1723161255342987 }]);
  });

  test('that are neither ms nor µs of a safe number are refused', () => {
    for (const time of ['99999999999999', '1723161255342987654', '-1', '"1723161255342"', '1.5']) {
      expect(changed(spot, SPOT_TRADE, '"T":1723161255342', `"T":${time}`)).toEqual(MALFORMED);
    }
  });
});

describe('quotes', () => {
  test('of spot carry no time', () => {
    expect(decodeFrame(spot, SPOT_QUOTE).messages).toMatchObject([
      { type: 'quote', tsUs: Number.NaN, sequence: 50093239212 },
    ]);
  });

  test('of usdm without their time are refused', () => {
    const frame = SPOT_QUOTE.replace('"u"', '"e":"bookTicker","u"');
    expect(decodeFrame(usdm, frame)).toEqual(MALFORMED);
  });

  test('of an empty side are zero', () => {
    const { messages } = changed(spot, SPOT_QUOTE, '"B":"3.78826000"', '"B":"0.00000000"');
    expect(messages).toMatchObject([{ bidSize: 0 }]);
  });
});

describe('depth events', () => {
  test('remove a level by a quantity of zero, in as many digits as it likes', () => {
    expect(decodeFrame(spot, SPOT_DEPTH).messages).toMatchObject([{ bids: [[55653.87, 0]] }]);
  });

  test('of usdm need the id they follow, those of spot have none', () => {
    expect(changed(usdm, USDM_DEPTH, '"pu":99,', '')).toEqual(MALFORMED);
    expect(decodeFrame(usdm, USDM_DEPTH).messages).toMatchObject([{ previousId: 99 }]);
    expect(decodeFrame(spot, SPOT_DEPTH).messages).toMatchObject([{ previousId: Number.NaN }]);
  });

  test.each(['@depth', '@depth@0ms', '@depth@100ms', '@depth@250ms', '@depth@500ms'])(
    'are read at the speed of %s',
    (suffix) => {
      expect(changed(usdm, USDM_DEPTH, '@depth@0ms', suffix).outcome).toBe('ok');
    },
  );

  test.each(['@depth20', '@depth5@100ms', '@rpiDepth', '@depth@', '@depth@xms', '@depth@1s'])(
    'are not taken from the stream %s',
    (suffix) => {
      expect(changed(usdm, USDM_DEPTH, '@depth@0ms', suffix)).toEqual(IGNORED);
    },
  );

  test('with a bad last level deliver nothing at all', () => {
    for (const asks of ['[["1","2"],["3"]]', '[["1","2"],["3","x"]]', '[["1","2"],3]', 'null']) {
      expect(changed(spot, SPOT_DEPTH, '[["61838.04000000","0.32332000"]]', asks)).toEqual(
        MALFORMED,
      );
    }
  });

  test('with ids in the wrong order are refused', () => {
    expect(changed(spot, SPOT_DEPTH, '"u":104', '"u":99')).toEqual(MALFORMED);
  });

  test('with asks before bids are read like the others', () => {
    const moved = SPOT_DEPTH.replace(/("b":.*?\]\]),("a":.*?\]\])/, '$2,$1');
    expect(moved).not.toBe(SPOT_DEPTH);
    expect(decodeFrame(spot, moved)).toEqual(decodeFrame(spot, SPOT_DEPTH));
  });

  test('larger than the buffers grow them', () => {
    const levels = Array.from({ length: 5000 }, (_, i) => `["${i + 1}.5","${i}"]`).join();
    const { messages } = changed(spot, SPOT_DEPTH, '["55653.87000000","0.00000000"]', levels);
    const bids = messages[0]?.bids as number[][] | undefined;
    expect(bids?.[4999]).toEqual([5000.5, 4999]);
  });
});

describe('rows of COIN-M contracts', () => {
  test('are passed over, rows of no known settlement too', () => {
    expect(changed(usdm, USDM_DEPTH, '"U":100', '"st":1,"U":100').outcome).toBe('ok');
    expect(changed(usdm, USDM_DEPTH, '"U":100', '"st":2,"U":100')).toEqual(IGNORED);
    expect(changed(usdm, USDM_DEPTH, '"U":100', '"st":3,"U":100')).toEqual(IGNORED);
    expect(changed(usdm, USDM_DEPTH, '"U":100', '"st":"1","U":100')).toEqual(MALFORMED);
  });
});

describe('control frames', () => {
  test('that refuse without naming a request go to request -1', () => {
    const { outcome, messages } = decodeFrame(spot, '{"code":3,"msg":"Invalid JSON"}');
    expect(outcome).toBe('ok');
    expect(messages).toEqual([{ type: 'ack', requestId: -1, error: '3 Invalid JSON' }]);
  });

  test('of unexpected shape are malformed, unknown events ignored', () => {
    for (const frame of [
      '{"error":null,"id":1}',
      '{"code":"2","msg":"x"}',
      '{"stream":1}',
      '{"e":1}',
    ]) {
      expect(decodeFrame(spot, frame)).toEqual(MALFORMED);
    }
    for (const frame of ['{}', '{"e":"newEvent"}', '{"stream":"!x@arr","data":[]}']) {
      expect(decodeFrame(spot, frame)).toEqual(IGNORED);
    }
  });

  test('that are no JSON object are malformed', () => {
    const deep = '['.repeat(500_000);
    for (const frame of ['', ' ', '5', '[]', 'null', '"x"', '{', deep, `{"a":${deep}`]) {
      expect(decodeFrame(spot, frame)).toEqual(MALFORMED);
    }
    expect(decodeFrame(spot, new Uint8Array([0x7b, 0xff, 0x7d]))).toEqual(MALFORMED);
    expect(decodeFrame(spot, `\ufeff${SPOT_TRADE}`)).toEqual(MALFORMED);
  });

  test('a frame with more behind its end is malformed', () => {
    expect(decodeFrame(spot, `${SPOT_TRADE}x`)).toEqual(MALFORMED);
    expect(decodeFrame(spot, `${SPOT_TRADE}${SPOT_TRADE}`)).toEqual(MALFORMED);
  });
});

describe('symbols in other scripts', () => {
  const exotic = createProtocol('binance.spot', { symbols: ['BTC/USDT', '币安人生/USDT'] });

  test('are matched by their bytes, and by escapes', () => {
    const raw = SPOT_TRADE.replace('btcusdt', '币安人生usdt').replace('BTCUSDT', '币安人生USDT');
    const escaped = raw.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
    for (const frame of [raw, escaped]) {
      expect(decodeFrame(exotic, frame).messages).toMatchObject([{ instrument: 1 }]);
    }
  });
});
