/** Lists of instruments by kind, joined to one. */
import { describe, expect, test } from 'bun:test';
import type { FeedProtocol } from '../../../../src/venues/contract.ts';
import { answer, createProtocol, decode } from './feed.ts';

const perpetual = {
  kind: 'future',
  instrument_name: 'BTC-PERPETUAL',
  instrument_type: 'reversed',
  is_active: true,
  tick_size: 0.5,
  contract_size: 10,
  min_trade_amount: 10,
};
const combo = { ...perpetual, instrument_name: 'BTC-FS-25DEC26_PERP' };
const linear = { ...perpetual, instrument_name: 'BTC_USDC-PERPETUAL', instrument_type: 'linear' };
const option = {
  ...perpetual,
  instrument_name: 'BTC-25DEC26-100000-C',
  tick_size: 0.0005,
  contract_size: 1,
  min_trade_amount: 0.1,
  is_active: false,
};

function urlsOf(protocol: FeedProtocol): string[] {
  const polls = protocol.polls?.() ?? [];
  return [protocol.instrumentsRequest().url, ...polls.map((each) => each.request.url)];
}

const give = (protocol: FeedProtocol, url: string, result: unknown) =>
  answer(protocol, url, { jsonrpc: '2.0', result, testnet: false });

describe('lists of instruments', () => {
  test('are asked for by the kinds in use', () => {
    const kinds = (symbols: string[]) =>
      urlsOf(createProtocol(symbols)).map((url) => new URL(url).searchParams.get('kind'));
    expect(kinds(['BTC/USD', 'BTC/USD-261225'])).toEqual(['future']);
    expect(kinds(['BTC_USDC', 'BTC/USD-261225-100000-C', 'BTC/USD'])).toEqual([
      'future',
      'option',
      'spot',
    ]);
    const path = '/api/v2/public/get_instruments?currency=any&kind=future&expired=false';
    expect(urlsOf(createProtocol(['BTC/USD']))).toEqual([`https://www.deribit.com${path}`]);
  });

  test('are handed on together, without combos', () => {
    const protocol = createProtocol(['BTC/USD', 'BTC/USD-261225-100000-C']);
    const [futures = '', options = ''] = urlsOf(protocol);
    expect(give(protocol, futures, [perpetual, combo, linear])).toEqual({
      outcome: 'ok',
      messages: [],
    });
    const { messages } = give(protocol, options, [option]);
    const [{ list }] = messages as [{ list: Record<string, unknown>[] }];
    expect(list).toMatchObject([
      { symbol: 'BTC/USD', tickSize: 0.5, lotSize: 10, contractSize: 10, status: 'active' },
      { symbol: 'BTC/USDC', marketType: 'perp', contractSize: 1 },
      { symbol: 'BTC/USD-261225-100000-C', lotSize: 0.1, contractSize: 1, status: 'inactive' },
    ]);
  });

  test('that contradict a name stop that instrument: its amounts would be in another unit', () => {
    const protocol = createProtocol(['BTC/USD']);
    const [futures = ''] = urlsOf(protocol);
    const params = {
      channel: 'trades.BTC-PERPETUAL.100ms',
      data: [
        {
          timestamp: 1,
          price: 2,
          amount: 10,
          direction: 'buy',
          trade_seq: 1,
          instrument_name: 'BTC-PERPETUAL',
        },
      ],
    };
    const trade = { method: 'subscription', params };
    expect(decode(protocol, trade).outcome).toBe('ok');
    const wrong = { ...perpetual, instrument_type: 'linear' };
    expect(give(protocol, futures, [wrong, linear]).messages).toMatchObject([
      { list: [{ symbol: 'BTC/USDC' }] },
    ]);
    expect(decode(protocol, trade).outcome).toBe('ignored');
  });

  test('of another shape are malformed', () => {
    const protocol = createProtocol(['BTC/USD']);
    const [futures = ''] = urlsOf(protocol);
    for (const field of ['instrument_name', 'tick_size', 'min_trade_amount', 'is_active']) {
      expect(give(protocol, futures, [{ ...perpetual, [field]: null }]).outcome).toBe('malformed');
    }
    expect(give(protocol, futures, {}).outcome).toBe('malformed');
    expect(answer(protocol, futures, { error: {} }).outcome).toBe('malformed');
  });
});
