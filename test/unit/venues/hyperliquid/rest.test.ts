/** `POST /info`: what is asked, lists of markets joined to one, trades as far as they reach. */
import { describe, expect, test } from 'bun:test';
import type { FeedProtocol, RestRequest } from '../../../../src/venues/contract.ts';
import { answer, createProtocol } from './feed.ts';

const META = {
  universe: [
    { name: 'BTC', szDecimals: 5, maxLeverage: 40, isDelisted: null },
    { name: 'MATIC', szDecimals: 1, isDelisted: true },
  ],
  marginTables: [],
};
const TOKENS = [
  { name: 'UBTC', szDecimals: 5, weiDecimals: 10, index: 197 },
  { name: 'PURR', szDecimals: 0, weiDecimals: 5, index: 1 },
  { name: 'USD₮0', szDecimals: 2, weiDecimals: 8, index: 268 },
  { name: 'USDC', szDecimals: 8, weiDecimals: 8, index: 0 },
];
const SPOT = {
  tokens: TOKENS,
  universe: [
    { tokens: [1, 0], name: 'PURR/USDC', index: 0, isCanonical: true },
    { tokens: [197, 0], name: '@142', index: 142, isCanonical: false },
    { tokens: [268, 0], name: '@166', index: 166, isCanonical: false },
  ],
};

const US = 1_000_000;
const wanted = (fromUs: number, toUs: number) => ({
  fromId: Number.NaN,
  toId: Number.NaN,
  fromUs,
  toUs,
});
const row = (second: number) => ({
  coin: 'BTC',
  side: 'B',
  px: '1',
  sz: '2',
  time: second * 1000,
  tid: 1000 - second,
});

function listsOf(protocol: FeedProtocol): RestRequest[] {
  const polls = protocol.polls?.() ?? [];
  return [protocol.instrumentsRequest(), ...polls.map((each) => each.request)];
}

describe('lists of markets', () => {
  test('are asked for as far as the instruments need them', () => {
    const bodies = (symbols: string[]) => listsOf(createProtocol(symbols)).map((each) => each.body);
    expect(bodies(['BTC/USDC'])).toEqual(['{"type":"meta","dex":""}']);
    expect(bodies(['@142'])).toEqual(['{"type":"spotMeta"}']);
    expect(bodies(['BTC/USDC', 'xyz:TSLA'])).toEqual([
      '{"type":"meta","dex":""}',
      '{"type":"meta","dex":"xyz"}',
      '{"type":"spotMeta"}',
    ]);
  });

  test('have URLs of their own, as the path is the same for all', () => {
    const urls = listsOf(createProtocol()).map((each) => each.url);
    expect(urls).toEqual([
      'https://api.hyperliquid.xyz/info#type=meta&dex=',
      'https://api.hyperliquid.xyz/info#type=spotMeta',
    ]);
  });

  test('are handed on together, tokens looked up by their index', () => {
    const protocol = createProtocol(['BTC/USDC', '@142']);
    const [meta, spot] = listsOf(protocol);
    expect(answer(protocol, meta?.url ?? '', META)).toEqual({ outcome: 'ok', messages: [] });
    const { outcome, messages } = answer(protocol, spot?.url ?? '', SPOT);
    expect(outcome).toBe('ok');
    const [{ list }] = messages as [{ list: Record<string, unknown>[] }];
    expect(list.map((m) => `${m.symbol} ${m.marketType} ${m.venueSymbol} ${m.status}`)).toEqual([
      'PURR/USDC spot PURR/USDC active',
      'UBTC/USDC spot @142 active',
      'BTC/USDC perp BTC active',
      'MATIC/USDC perp MATIC delisted',
    ]);
    expect(list[1]).toMatchObject({ lotSize: 0.00001, tickSize: null, contractSize: 1 });
  });

  test('under whose name another market goes leave it out, and its frames are refused', () => {
    const protocol = createProtocol(['@142']);
    const [spot] = listsOf(protocol);
    const other = { ...SPOT, universe: [{ tokens: [1, 0], name: '@142', index: 142 }] };
    const trade = new TextEncoder().encode(
      JSON.stringify({ channel: 'trades', data: [{ ...row(1), coin: '@142' }] }),
    );
    const silent = { onTrade() {} } as never;
    expect(protocol.decode(trade, trade.length, silent)).toBe('ok');
    expect(answer(protocol, spot?.url ?? '', other).messages).toEqual([
      { type: 'instruments', list: [] },
    ]);
    expect(protocol.decode(trade, trade.length, silent)).toBe('ignored');
  });

  test('name a builder’s quote by its collateral token', () => {
    const protocol = createProtocol(['xyz.TSLA/USDC']);
    const [dex, spot] = listsOf(protocol);
    const markets = { universe: [{ name: 'xyz:TSLA', szDecimals: 2 }], collateralToken: 197 };
    answer(protocol, spot?.url ?? '', SPOT);
    const [{ list }] = answer(protocol, dex?.url ?? '', markets).messages as [{ list: unknown[] }];
    // Settled in UBTC, it is not the market that was asked for.
    expect(list).not.toContainEqual(expect.objectContaining({ venueSymbol: 'xyz:TSLA' }));
    const right = answer(protocol, dex?.url ?? '', { ...markets, collateralToken: 0 });
    const [{ list: listed }] = right.messages as [{ list: unknown[] }];
    expect(listed).toContainEqual(expect.objectContaining({ symbol: 'xyz.TSLA/USDC' }));
  });

  test('of another shape are malformed', () => {
    const protocol = createProtocol();
    const [meta, spot] = listsOf(protocol);
    for (const body of [null, [], {}, { universe: [{}] }, { universe: [{ name: 'BTC' }] }]) {
      expect(answer(protocol, meta?.url ?? '', body).outcome).toBe('malformed');
      expect(answer(protocol, spot?.url ?? '', body).outcome).toBe('malformed');
    }
  });
});

describe('recent trades', () => {
  test('are asked for by coin, and not again for what they did not reach', () => {
    const protocol = createProtocol();
    const request = protocol.tradesRequest(0, wanted(1 * US, 9 * US));
    expect(request).toMatchObject({ body: '{"type":"recentTrades","coin":"BTC"}' });
    expect(request?.url).toBe('https://api.hyperliquid.xyz/info#type=recentTrades&coin=BTC');
    expect(answer(protocol, request?.url ?? '', [row(9), row(8), row(7)]).outcome).toBe('ok');
    expect(protocol.tradesRequest(0, wanted(1 * US, 7 * US))).toBeUndefined();
    expect(protocol.tradesRequest(0, wanted(1 * US, 8 * US))).toBeDefined();
    expect(protocol.tradesRequest(0, wanted(10 * US, 11 * US))).toBeDefined();
    expect(protocol.tradesRequest(1, wanted(1 * US, 7 * US))).toBeDefined();
    expect(protocol.tradesRequest(99, wanted(1 * US, 7 * US))).toBeUndefined();
  });

  test('count as a whole or not at all', () => {
    const protocol = createProtocol();
    const url = protocol.tradesRequest(0, wanted(1, 2))?.url ?? '';
    for (const bad of [{ ...row(8), sz: 2 }, { ...row(8), coin: 'ETH' }, null, {}]) {
      expect(answer(protocol, url, [row(9), bad])).toEqual({ outcome: 'malformed', messages: [] });
    }
    expect(answer(protocol, url, null).outcome).toBe('malformed');
    expect(answer(protocol, url, []).messages).toEqual([{ type: 'end', instrument: 0, count: 0 }]);
  });
});
