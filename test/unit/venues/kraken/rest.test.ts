import { describe, expect, test } from 'bun:test';
import { decodeAnswer } from '../binance/collector.ts';
import { createProtocol, PAIRS_URL, pairList } from './kraken-protocol.ts';

const FROM_US = 1_688_669_597_827_736;
const TRADES = 'https://api.kraken.com/0/public/Trades';

const wanted = (fromId: number, toId: number, fromUs = FROM_US) => ({
  fromId,
  toId,
  fromUs,
  toUs: fromUs + 1_000_000,
});

/** A page of trades with these ids, one a millisecond from FROM_US on. */
function page(ids: readonly number[], last: string): string {
  const rows = ids.map((id) => {
    const us = FROM_US + (id - 100) * 1000;
    const time = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}9`;
    return `["30243.40000","0.34507674",${time},"b","m","",${id}]`;
  });
  return `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}],"last":"${last}"}}`;
}

describe('requests', () => {
  test('ask for the pairs and for trades from before the hole, to the nanosecond', () => {
    const protocol = createProtocol();
    expect(protocol.instrumentsRequest()).toEqual({ url: PAIRS_URL, weight: 1 });
    expect(protocol.bookSnapshotRequest(0)).toBeUndefined();
    const url = `${TRADES}?pair=XBTUSD&since=1688669597827735000&count=1000`;
    expect(protocol.tradesRequest(0, wanted(100, 105))).toEqual({ url, weight: 1 });
    expect(protocol.tradesRequest(2, wanted(100, 105))?.url).toContain('pair=XDGUSD');
  });

  test('use the short name that the list says', () => {
    const protocol = createProtocol();
    const list = pairList(1, 8).replace('"altname":"XBTUSD"', '"altname":"XBTUSD2"');
    decodeAnswer(protocol, PAIRS_URL, list);
    expect(protocol.tradesRequest(0, wanted(1, 2))?.url).toContain('pair=XBTUSD2&');
    expect(decodeAnswer(protocol, `${TRADES}?pair=XBTUSD2`, page([100], '1')).outcome).toBe('ok');
  });

  test('of a long hole go on where the page before ended, and only then', () => {
    const protocol = createProtocol();
    const url = protocol.tradesRequest(0, wanted(100, 5000))?.url as string;
    decodeAnswer(protocol, url, page([100, 101, 102], '1688669597829736900'));
    expect(protocol.tradesRequest(0, wanted(102, 5000))?.url).toContain(
      'since=1688669597829736900&',
    );
    // Another hole, behind or before that page.
    expect(protocol.tradesRequest(0, wanted(90, 95))?.url).toContain('since=1688669597827735000&');
    const later = wanted(9000, 9005, FROM_US + 60_000_000);
    expect(protocol.tradesRequest(0, later)?.url).toContain('since=1688669657827735000&');
    expect(protocol.tradesRequest(1, wanted(102, 5000))?.url).toContain(
      'since=1688669597827735000&',
    );
  });

  test('need a time', () => {
    expect(createProtocol().tradesRequest(0, wanted(1, 2, Number.NaN))).toBeUndefined();
  });
});

describe('answers', () => {
  const url = `${TRADES}?pair=XBTUSD&since=1`;

  test('cut times at the microsecond, as the socket does', () => {
    const { outcome, messages } = decodeAnswer(createProtocol(), url, page([100, 101], '9'));
    expect(outcome).toBe('ok');
    expect(messages).toMatchObject([
      { tradeId: 100, tsUs: FROM_US, isSell: false, isMarket: true },
      { tradeId: 101, tsUs: FROM_US + 1000 },
      { type: 'end', instrument: 0, count: 2 },
    ]);
  });

  test.each([
    ['an error', '{"error":["EGeneral:Too many requests"]}'],
    ['ids that do not rise', page([101, 100], '9')],
    ['no `last`', '{"error":[],"result":{"XXBTZUSD":[]}}'],
    ['two lists', '{"error":[],"result":{"A":[],"B":[],"last":"1"}}'],
    ['a row without id', '{"error":[],"result":{"A":[["1","1",1.5,"b","m",""]],"last":"1"}}'],
    ['an unknown side', '{"error":[],"result":{"A":[["1","1",1.5,"x","m","",5]],"last":"1"}}'],
    ['a time as text', '{"error":[],"result":{"A":[["1","1","1.5","b","m","",5]],"last":"1"}}'],
    ['nothing', ''],
  ])('with %s deliver nothing', (_, body) => {
    const { outcome, messages } = decodeAnswer(createProtocol(), url, body);
    expect({ outcome, messages }).toEqual({ outcome: 'malformed', messages: [] });
  });

  test('about others are ignored, of other paths malformed', () => {
    const protocol = createProtocol();
    const other = decodeAnswer(protocol, `${TRADES}?pair=SOLUSD`, page([1], '1'));
    expect(other.outcome).toBe('ignored');
    for (const path of ['/0/public/Depth?pair=XBTUSD', '', '/0/public/Trades']) {
      expect(decodeAnswer(protocol, path, page([1], '1')).outcome).toBe('malformed');
    }
  });

  test('say in their body what the status would', () => {
    const status = (error: string) =>
      createProtocol().answerStatus?.(`{"error":${error},"result":{}}`);
    expect(status('[]')).toBe(200);
    expect(status('["EGeneral:Too many requests"]')).toBe(429);
    expect(status('["EAPI:Rate limit exceeded"]')).toBe(429);
    expect(status('["EService: Throttled: 1696613755"]')).toBe(429);
    expect(status('["EService:Unavailable"]')).toBe(503);
    expect(status('["EQuery:Unknown asset pair"]')).toBe(400);
    expect(createProtocol().answerStatus?.('<html>')).toBe(200);
  });
});
