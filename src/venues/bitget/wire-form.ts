/**
 * The two versions of Bitget's WebSocket interface, as data: v2 ("classic", in maintenance mode) is
 * the default; a URL with the path of v3 chooses v3. What v3 looks like was read from a client, not
 * from documents, so only trades, quotes and books are taken from it.
 */
import type { ChannelName } from '../../model/record-layout.ts';

export interface WireForm {
  readonly version: 'v2' | 'v3';
  /** Names of the fields of `arg`. */
  readonly channelKey: string;
  readonly symbolKey: string;
  readonly channels: Partial<Readonly<Record<ChannelName, string>>>;
  readonly trade: {
    readonly id: string;
    readonly price: string;
    readonly size: string;
    readonly side: string;
    readonly time: string;
  };
  /** Names of the sides of a book. */
  readonly bids: string;
  readonly asks: string;
}

const PATHS = { v2: '/v2/ws/public', v3: '/v3/ws/public' } as const;

export const V2: WireForm = {
  version: 'v2',
  channelKey: 'channel',
  symbolKey: 'instId',
  channels: { trades: 'trade', quotes: 'books1', book: 'books', derivative: 'ticker' },
  trade: { id: 'tradeId', price: 'price', size: 'size', side: 'side', time: 'ts' },
  bids: 'bids',
  asks: 'asks',
};

export const V3: WireForm = {
  version: 'v3',
  channelKey: 'topic',
  symbolKey: 'symbol',
  channels: { trades: 'publicTrade', quotes: 'books1', book: 'books' },
  trade: { id: 'i', price: 'p', size: 'v', side: 'S', time: 'T' },
  bids: 'b',
  asks: 'a',
};

/** The form that a configured URL speaks, and the URL to connect to. */
export function wireFormOf(url: string): { readonly form: WireForm; readonly url: string } {
  const base = url.replace(/\/+$/, '');
  if (base.endsWith(PATHS.v3)) return { form: V3, url: base };
  return { form: V2, url: base.endsWith(PATHS.v2) ? base : `${base}${PATHS.v2}` };
}
