import { expect, test } from 'bun:test';
import { Prng } from '../../../src/base/prng.ts';
import type { Instrument } from '../../../src/model/instrument.ts';
import { mangle } from '../../../src/sim/frame-mangler.ts';
import { discoverVenues } from '../../../src/venues/discover.ts';

const FRAMES = [
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1795247684130,"s":"BTCUSDT","t":19946544,' +
    '"p":"61837.63000000","q":"0.02000000","T":1795247684126,"m":false,"M":true}}',
  '{"stream":"btcusdt@bookTicker","data":{"u":91180484,"s":"BTCUSDT","b":"61837.63000000",' +
    '"B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT",' +
    '"U":500932,"u":500945,"b":[["61737.63000000","0.00000000"]],"a":[]}}',
];

const instrument: Instrument = {
  index: 0,
  feed: 'binance.spot',
  venue: 'binance',
  symbol: 'BTC/USDT',
  marketType: 'spot',
  venueSymbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tape: 'trade',
};

test('no mangled frame is taken for a good one', async () => {
  const feeds = (await discoverVenues()).flatMap((venue) => venue.feeds);
  const feed = feeds.find((each) => each.id === 'binance.spot');
  if (feed === undefined) throw new Error('no feed binance.spot');
  const protocol = feed.createProtocol({
    instruments: [instrument],
    channels: ['trades', 'quotes', 'book'],
    urls: feed.urls,
  });
  let messages = 0;
  const count = () => {
    messages += 1;
  };
  const handler = {
    onTrade: count,
    onQuote: count,
    onDepth: count,
    onDerivative: count,
    onLiquidation: count,
    onAck: count,
    onShutdownNotice: count,
    onStreamAck: count,
    onReply: count,
  };
  const encoder = new TextEncoder();
  const prng = new Prng(99);
  for (const frame of FRAMES) {
    const whole = encoder.encode(frame);
    expect(protocol.decode(whole, whole.length, handler)).toBe('ok');
    messages = 0;
    for (let i = 0; i < 3_000; i += 1) {
      const mangled = mangle(frame, prng);
      const bytes = typeof mangled === 'string' ? encoder.encode(mangled) : mangled;
      const outcome = protocol.decode(bytes, bytes.length, handler);
      if (outcome === 'ok') throw new Error(`taken for good: ${mangled}`);
    }
    expect(messages).toBe(0);
  }
});

test('bytes are broken too', () => {
  const prng = new Prng(5);
  const frame = Uint8Array.from({ length: 60 }, (_, i) => i);
  for (let i = 0; i < 500; i += 1) {
    expect(mangle(frame, prng)).not.toEqual(frame);
  }
});
