/** Values of command-line options. Each parser throws commander's error: one line, exit code 2. */
import { InvalidArgumentError } from 'commander';
import { type InstrumentKey, MARKET_TYPES } from '../model/instrument.ts';
import { parseTimeframe } from '../model/timeframe.ts';
import { klinesViewName } from '../store/klines-view-name.ts';
import {
  ADDRESS_FORM,
  type Address,
  DURATION_FORM,
  parseAddress,
  parseDuration,
} from './config/quantity.ts';

function refuse(text: string, form: string): never {
  throw new InvalidArgumentError(`'${text}' is not ${form}.`);
}

/** Milliseconds, more than 0. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  return ms === undefined || ms <= 0 ? refuse(text, DURATION_FORM) : ms;
}

export function addressOption(text: string): Address {
  return parseAddress(text) ?? refuse(text, ADDRESS_FORM);
}

export function portOption(text: string): number {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : refuse(text, 'a port, 0 to 65535');
}

/** A finite number above 0. */
export function rateOption(text: string): number {
  const rate = Number(text);
  const isRate = text.trim() !== '' && Number.isFinite(rate) && rate > 0;
  return isRate ? rate : refuse(text, 'a number above 0');
}

/** `max` is as fast as it goes. */
export function speedOption(text: string): number {
  return text === 'max' ? Number.POSITIVE_INFINITY : rateOption(text);
}

export function seedOption(text: string): number {
  const seed = Number(text);
  return /^\d+$/.test(text) && seed < 2 ** 32
    ? seed
    : refuse(text, 'a whole number below 4294967296');
}

export function countOption(text: string): number {
  const count = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(count) ? count : refuse(text, 'a whole number');
}

/** One more store; the same one twice is a slip. */
export function storeOption(url: string, before: readonly string[] = []): readonly string[] {
  return before.includes(url) ? refuse(url, 'another store than before') : [...before, url];
}

export interface KlinesRequest {
  /** Name of the view. */
  readonly view: string;
  readonly key: InstrumentKey;
  readonly timeframe: string;
}

const KLINES_FORM = 'venue:symbol:timeframe or venue:symbol:type:timeframe (binance:BTC/USDT:1m)';

/** One more view; a market has one, so another timeframe of it would replace the one before. */
export function klinesOption(
  text: string,
  before: readonly KlinesRequest[] = [],
): readonly KlinesRequest[] {
  const parts = text.split(':');
  const [venue = '', symbol = '', type] =
    parts.length === 3 ? parts.toSpliced(2, 0, 'spot') : parts;
  const timeframe = parseTimeframe(parts.at(-1) ?? '')?.name;
  const marketType = MARKET_TYPES.find((each) => each === type);
  const isWhole = parts.length <= 4 && venue !== '' && symbol !== '';
  if (!isWhole || marketType === undefined || timeframe === undefined) {
    return refuse(text, KLINES_FORM);
  }
  const key = { venue, symbol, marketType };
  const view = klinesViewName(key);
  if (before.some((other) => other.view === view)) refuse(text, 'another market than before');
  return [...before, { view, key, timeframe }];
}
