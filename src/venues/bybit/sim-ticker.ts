/**
 * What linear says beside trades and books: `tickers` (mark price, funding, open interest), a
 * snapshot and then deltas of what changed, and liquidations. Made from the time alone, so that the
 * same moment says the same in every process.
 */
import { US_PER_MS, US_PER_SECOND } from '../../base/clock.ts';
import { hashText, mix32 } from '../../base/prng.ts';
import type { SimInstrument } from '../sim-contract.ts';

const HOUR_US = 3600 * US_PER_SECOND;
const FUNDING_HOURS = 8;
/** A liquidation comes in one of so many looks. */
const LIQUIDATION_ONE_IN = 8;
const OPEN_INTEREST = 50_000;
/** Nobody listens to a ticker that was silent for longer. */
const SAID_US_MAX = 3 * US_PER_SECOND;

type Fields = Readonly<Record<string, string>>;

export class SimTicker {
  readonly #topic: string;
  readonly #instrument: SimInstrument;
  readonly #seed: number;
  #said: Fields = {};
  #saidUs = 0;

  constructor(topic: string, instrument: SimInstrument) {
    this.#topic = topic;
    this.#instrument = instrument;
    this.#seed = hashText(instrument.listing.venueSymbol);
  }

  /** As last said, so that those who listen already miss no change; of long ago, as it is now. */
  snapshot(nowUs: number): string {
    if (nowUs - this.#saidUs > SAID_US_MAX) this.#said = this.#fields(nowUs);
    this.#saidUs = nowUs;
    return this.#frame('snapshot', this.#said, nowUs);
  }

  /** Only the fields that changed; undefined when none did. */
  delta(nowUs: number): string | undefined {
    const fields = this.#fields(nowUs);
    const changed = Object.entries(fields).filter(([name, value]) => this.#said[name] !== value);
    this.#said = fields;
    this.#saidUs = nowUs;
    if (changed.length === 0) return undefined;
    return this.#frame('delta', Object.fromEntries(changed), nowUs);
  }

  /** Of a long most often, as `S` "Buy"; the market felt a sale. */
  liquidation(nowUs: number): string | undefined {
    const draw = mix32(this.#seed ^ Math.floor(nowUs / US_PER_MS));
    if (draw % LIQUIDATION_ONE_IN !== 0) return undefined;
    const { venueSymbol } = this.#instrument.listing;
    const ms = Math.floor(nowUs / US_PER_MS);
    const price = this.#instrument.priceText(this.#ticks(nowUs));
    const size = this.#instrument.sizeText(1 + (draw % 500));
    const side = draw % 3 === 0 ? 'Sell' : 'Buy';
    const row = `{"T":${ms - 3},"s":"${venueSymbol}","S":"${side}","v":"${size}","p":"${price}"}`;
    return `{"topic":"${this.#topic}","type":"snapshot","ts":${ms},"data":[${row}]}`;
  }

  #frame(type: 'snapshot' | 'delta', fields: Fields, nowUs: number): string {
    const { venueSymbol } = this.#instrument.listing;
    const data = JSON.stringify({ symbol: venueSymbol, ...fields });
    const ms = Math.floor(nowUs / US_PER_MS);
    return `{"topic":"${this.#topic}","type":"${type}","data":${data},"cs":${ms},"ts":${ms}}`;
  }

  #fields(nowUs: number): Fields {
    const ticks = this.#ticks(nowUs);
    const rounds = Math.floor(nowUs / (FUNDING_HOURS * HOUR_US)) + 1;
    const single = OPEN_INTEREST + (this.#draw(nowUs, 7) % 1000);
    return {
      lastPrice: this.#instrument.priceText(ticks),
      markPrice: this.#instrument.priceText(ticks),
      indexPrice: this.#instrument.priceText(Math.max(1, ticks - 1)),
      openInterest: String(2 * single),
      singleOpenInterest: String(single),
      fundingRate: ((this.#draw(nowUs, 3600) % 200) / 1e6 - 0.00005).toFixed(8),
      nextFundingTime: String((rounds * FUNDING_HOURS * HOUR_US) / US_PER_MS),
      fundingIntervalHour: String(FUNDING_HOURS),
    };
  }

  /** A mark price near the listing's, another one each second. */
  #ticks(nowUs: number): number {
    const { price, tick } = this.#instrument.listing;
    const ticks = price / (tick.units / 10 ** tick.decimals);
    const off = ((this.#draw(nowUs, 1) % 2000) - 1000) / 1e6;
    return Math.max(2, Math.round(ticks * (1 + off)));
  }

  #draw(nowUs: number, everySeconds: number): number {
    return mix32(this.#seed ^ Math.floor(nowUs / (everySeconds * US_PER_SECOND)));
  }
}
