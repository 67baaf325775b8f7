/** What only the futures publish, as the embedded exchange does: mark prices and liquidations. */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import type { SimStream, SimTrade } from '../sim-contract.ts';
import { priceOf, type SimFlavour, type SimNaming, sizeOf } from './sim-flavour.ts';

const FUNDING_EVERY_MS = 8 * 3600 * 1000;
/** One of as many seconds sees a liquidation. */
const LIQUIDATION_SECONDS = 4;

interface Frame {
  readonly key: string;
  readonly head: string;
  readonly tail: string;
}

/** The mark is the last price here, and so is the index. */
export function markPriceStream(
  naming: SimNaming,
  { settlement }: SimFlavour,
  { key, head, tail }: Frame,
  intervalUs: number,
): SimStream {
  const { instrument, symbol } = naming;
  const isDated = instrument.listing.marketType === 'future';
  const encode = (nowUs: number): string => {
    const ms = Math.floor(nowUs / US_PER_MS);
    const price = priceOf(naming, newest(naming).ticks);
    const nextMs = isDated ? 0 : (Math.floor(ms / FUNDING_EVERY_MS) + 1) * FUNDING_EVERY_MS;
    const rate = isDated ? '' : instrument.index % 2 === 0 ? '0.00010000' : '-0.00002500';
    return (
      `${head}{"e":"markPriceUpdate","E":${ms},"s":"${symbol}","p":"${price}","ap":"${price}"` +
      `,"i":"${price}","P":"${price}","r":"${rate}","T":${nextMs},"st":${settlement}}${tail}`
    );
  };
  return { kind: 'timer', key, instrument, intervalUs, encode };
}

/** The newest trade, now and then, as the order that liquidated its maker. */
export function liquidationStream(
  naming: SimNaming,
  { settlement }: SimFlavour,
  { key, head, tail }: Frame,
): SimStream {
  const { instrument, symbol } = naming;
  const encode = (nowUs: number): string | undefined => {
    const ms = Math.floor(nowUs / US_PER_MS);
    if (Math.floor(ms / 1000) % LIQUIDATION_SECONDS !== 0) return undefined;
    const trade = newest(naming);
    const price = priceOf(naming, trade.ticks);
    const size = sizeOf(naming, trade.lots);
    return (
      `${head}{"e":"forceOrder","E":${ms},"o":{"s":"${symbol}"` +
      `,"S":"${trade.isSell ? 'SELL' : 'BUY'}","o":"LIMIT","f":"IOC","q":"${size}","p":"${price}"` +
      `,"ap":"${price}","X":"FILLED","l":"${size}","z":"${size}","T":${trade.tsUs / US_PER_MS}}` +
      `,"st":${settlement}}${tail}`
    );
  };
  return { kind: 'timer', key, instrument, intervalUs: US_PER_SECOND, encode };
}

function newest({ instrument }: SimNaming): SimTrade {
  const trade: SimTrade = { number: 0, tsUs: 0, ticks: 0, lots: 0, isSell: false };
  instrument.readTrade(instrument.newestTrade(), trade);
  return trade;
}
