import { describe, expect, test } from 'bun:test';
import {
  answer,
  createProtocol,
  hear,
  INVERSE,
  listBody,
  listUrl,
  SPOT,
  SWAP,
  tradeFrame,
} from './okx-protocol.ts';

const TRADES = 'https://www.okx.com/api/v5/market/history-trades';
const wanted = (fromId: number, toId: number) => ({ fromId, toId, fromUs: 1, toUs: 2 });

function page(ids: readonly number[]): string {
  const rows = ids.map((id) => ({
    instId: SPOT,
    side: 'buy',
    sz: '1',
    px: '2',
    tradeId: String(id),
    ts: String(1_630_000_000_000 + id),
  }));
  return JSON.stringify({ code: '0', msg: '', data: rows });
}

describe('instrument lists', () => {
  test('are asked for one type after the other and handed on as one', () => {
    const protocol = createProtocol({ hasSizes: false });
    expect(protocol.instrumentsRequest()).toEqual({ url: listUrl('SPOT'), weight: 1 });
    const spot = answer(protocol, listUrl('SPOT'), listBody('SPOT'));
    expect(spot).toMatchObject({ outcome: 'ok', messages: [], pages: [listUrl('FUTURES')] });
    const dated = answer(protocol, listUrl('FUTURES'), listBody('FUTURES'));
    expect(dated).toMatchObject({ messages: [], pages: [listUrl('SWAP')] });
    const { messages, pages } = answer(protocol, listUrl('SWAP'), listBody('SWAP'));
    expect(pages).toEqual([]);
    const [{ type, list } = { type: '', list: [] }] = messages;
    expect(type).toBe('instruments');
    expect(list).toMatchObject([
      { venueSymbol: SPOT, marketType: 'spot', contractSize: 1, lotSize: 0.1 },
      { symbol: 'BTC/USDT-260925', marketType: 'future', contractSize: 0.01, lotSize: 0.001 },
      { symbol: 'BTC/USDT', marketType: 'perp', contractSize: 0.01, lotSize: 0.001 },
      { symbol: 'BTC/USD', marketType: 'perp', contractSize: 100, lotSize: 1 },
    ]);
  });

  test('of types that are not recorded are not asked for', () => {
    const spot = createProtocol({ names: [SPOT], hasSizes: false });
    const { messages, pages } = answer(spot, listUrl('SPOT'), listBody('SPOT'));
    expect([messages.length, pages]).toEqual([1, []]);
    const swaps = createProtocol({ names: [SWAP], hasSizes: false });
    expect(swaps.instrumentsRequest()?.url).toBe(listUrl('SWAP'));
  });

  test('bring the contract sizes without which a derivative’s frames mean nothing', () => {
    const protocol = createProtocol({ hasSizes: false });
    const frame = tradeFrame('trades-all', SWAP, '7');
    expect(hear(protocol, frame).outcome).toBe('malformed');
    expect(hear(protocol, tradeFrame('trades-all', SPOT, '7')).outcome).toBe('ok');
    answer(protocol, listUrl('SWAP'), listBody('SWAP'));
    expect(hear(protocol, frame).messages).toMatchObject([{ size: 0.01, nativeSize: 1 }]);
    const inverse = hear(protocol, tradeFrame('trades-all', INVERSE, '7'));
    expect(inverse.messages).toMatchObject([{ size: 100 / 30_000, nativeSize: 1 }]);
  });

  test('pass over options and announced listings, and refuse what is no list', () => {
    const protocol = createProtocol({ hasSizes: false });
    const rows = JSON.parse(listBody('SWAP')).data;
    const strange = [
      { instId: 'BTC-USD-220514-22000-C', state: 'live' },
      { instId: 'NEW-USDT-SWAP', state: 'preopen', ctVal: '', ctMult: '', ctType: '' },
    ];
    const body = JSON.stringify({ code: '0', data: [...strange, ...rows] });
    const { outcome, messages } = answer(protocol, listUrl('SWAP'), body);
    expect(outcome).toBe('ok');
    expect(messages[0]?.list).toMatchObject([{ venueSymbol: SWAP }, { venueSymbol: INVERSE }]);
    for (const wrong of ['{"code":"0","data":[{"instId":1}]}', '{"code":"0","data":{}}', '[]']) {
      expect(answer(protocol, listUrl('SWAP'), wrong).outcome).toBe('malformed');
    }
    expect(answer(protocol, listUrl('OPTION'), listBody('OPTION')).outcome).toBe('ignored');
  });
});

describe('refills', () => {
  test('ask for what is older than an id that is known, a page at most', () => {
    const protocol = createProtocol();
    const urlOf = (fromId: number, toId: number) =>
      protocol.tradesRequest(0, wanted(fromId, toId))?.url;
    const query = (after: number) => `instId=${SPOT}&type=1&after=${after}&limit=100`;
    // The hole is 11..20, its neighbours 10 and 21 are known: both are on the page.
    expect(urlOf(10, 20)).toBe(`${TRADES}?${query(22)}`);
    expect(urlOf(10, 5_000)).toBe(`${TRADES}?${query(110)}`);
    expect(protocol.tradesRequest(0, wanted(Number.NaN, Number.NaN))).toBeUndefined();
    expect(protocol.tradesRequest(99, wanted(1, 2))).toBeUndefined();
  });

  test('are newest first at the venue and oldest first here', () => {
    const protocol = createProtocol();
    const { outcome, messages } = answer(protocol, `${TRADES}?instId=${SPOT}`, page([12, 11, 10]));
    expect(outcome).toBe('ok');
    expect(messages.map((each) => each.tradeId ?? each.count)).toEqual([10, 11, 12, 3]);
    expect(messages[0]).toMatchObject({ tape: 'trade', tsUs: 1_630_000_000_010_000 });
  });

  test('count as a whole: one wrong row and none is taken', () => {
    const protocol = createProtocol();
    for (const body of [
      page([12, 11, 11]),
      page([12, 11]).replace('"11"', '"x"'),
      page([12, 11]).replace('"buy"', '"maker"'),
      page([12, 11]).replace(SPOT, SWAP),
      '{"code":"50011","msg":"Rate limit reached","data":[]}',
      '{"code":"0","msg":"","data":null}',
      '{',
    ]) {
      const { outcome, messages } = answer(protocol, `${TRADES}?instId=${SPOT}`, body);
      expect([outcome, messages.length]).toEqual(['malformed', 0]);
    }
    expect(answer(protocol, `${TRADES}?instId=XYZ-USDT`, page([1])).outcome).toBe('ignored');
    expect(answer(protocol, 'https://x/api/v5/other?instId=BTC-USDT', page([1])).outcome).toBe(
      'malformed',
    );
  });
});

describe('refusals with status 200', () => {
  test('are told by their code', () => {
    const protocol = createProtocol();
    const statusOf = (code: string) =>
      protocol.answerStatus?.(JSON.stringify({ code, msg: 'x', data: [] }));
    expect(['0', '50011', '50001', '51001'].map(statusOf)).toEqual([200, 429, 503, 400]);
    expect(protocol.answerStatus?.(page([1, 2, 3].concat(Array(200).fill(4))))).toBe(200);
    expect(protocol.answerStatus?.('<html>')).toBe(200);
  });
});
