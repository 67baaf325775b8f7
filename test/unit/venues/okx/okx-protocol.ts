/** OKX's protocol on a few instruments, its frames, and what comes out of them. */
import type { Instrument, TradeTape } from '../../../../src/model/instrument.ts';
import type { ChannelName } from '../../../../src/model/record-layout.ts';
import type { FeedModule, FeedProtocol } from '../../../../src/venues/contract.ts';
import { venue } from '../../../../src/venues/okx/venue.ts';
import { resolve } from '../../../support/venue-rig.ts';
import { Collector, type Copied } from '../binance/collector.ts';

export const FEED = venue.feeds[0] as FeedModule;
export const SPOT = 'BTC-USDT';
export const SWAP = 'BTC-USDT-SWAP';
export const INVERSE = 'BTC-USD-SWAP';
export const DATED = 'BTC-USDT-260925';
export const NAMES = [SPOT, SWAP, INVERSE, DATED];
export const CHANNELS: readonly ChannelName[] = [
  'trades',
  'quotes',
  'book',
  'derivative',
  'liquidations',
];

export interface Setup {
  readonly names?: readonly string[];
  readonly channels?: readonly ChannelName[];
  readonly tape?: TradeTape;
  readonly anyTape?: boolean;
  /** Contract sizes are known from the start. */
  readonly hasSizes?: boolean;
}

export function instruments(names: readonly string[] = NAMES, tape?: TradeTape): Instrument[] {
  return names.map((name, index) => {
    const instrument = resolve(FEED, name, index);
    return tape === undefined ? instrument : { ...instrument, tape };
  });
}

export function createProtocol(setup: Setup = {}): FeedProtocol {
  const protocol = FEED.createProtocol({
    instruments: instruments(setup.names, setup.tape),
    channels: setup.channels ?? CHANNELS,
    urls: FEED.urls,
    anyTape: setup.anyTape ?? false,
  });
  if (setup.hasSizes !== false) {
    for (const type of ['SWAP', 'FUTURES']) answer(protocol, listUrl(type), listBody(type));
  }
  return protocol;
}

export function listUrl(instType: string): string {
  return `https://www.okx.com/api/v5/public/instruments?instType=${instType}`;
}

/** What the venue lists of a type: 0.01 BTC a linear contract, 100 USD an inverse one. */
export function listBody(instType: string): string {
  const steps = { state: 'live', tickSz: '0.1', lotSz: '0.1' };
  const linear = { ctVal: '0.01', ctMult: '1', ctType: 'linear', uly: 'BTC-USDT' };
  const rows: Record<string, object[]> = {
    SPOT: [{ ...steps, instId: SPOT, ctVal: '', ctMult: '', ctType: '' }],
    SWAP: [
      { ...steps, ...linear, instId: SWAP },
      { ...steps, instId: INVERSE, ctVal: '100', ctMult: '1', ctType: 'inverse', lotSz: '1' },
    ],
    FUTURES: [{ ...steps, ...linear, instId: DATED }],
  };
  return JSON.stringify({ code: '0', msg: '', data: rows[instType] ?? [] });
}

export interface Heard {
  readonly outcome: string;
  readonly messages: readonly Copied[];
}

export function hear(protocol: FeedProtocol, frame: object | string): Heard {
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
  const bytes = new TextEncoder().encode(text);
  const out = new Collector();
  const outcome = protocol.decode(bytes, bytes.length, out);
  return { outcome, messages: out.messages };
}

export class PagedCollector extends Collector {
  readonly pages: string[] = [];

  onNextPage({ url }: { readonly url: string }): void {
    this.pages.push(url);
  }
}

export function answer(protocol: FeedProtocol, url: string, body: string) {
  const out = new PagedCollector();
  const outcome = protocol.decodeRest(url, body, out);
  return { outcome, messages: out.messages, pages: out.pages };
}

export function acked(channel: string, name: object): object {
  return { event: 'subscribe', arg: { channel, ...name }, connId: 'a4d3ae55' };
}

export function book(
  instId: string,
  action: string,
  [previousId, id]: readonly [number, number],
  levels: { readonly bids?: string[][]; readonly asks?: string[][] } = {},
  checksum: number | undefined = 0,
): object {
  const { bids = [], asks = [] } = levels;
  const ids = { prevSeqId: previousId, seqId: id };
  const data = [{ asks, bids, ts: '1597026383085', checksum, ...ids }];
  return { arg: { channel: 'books', instId }, action, data };
}

export function tradeFrame(channel: string, instId: string, id: string, more: object = {}): object {
  const row = { instId, tradeId: id, px: '30000', sz: '1', side: 'buy', ts: '1630048897897' };
  return { arg: { channel, instId }, data: [{ ...row, ...more }] };
}
