/**
 * `tickers` of linear: a snapshot, then deltas in which an absent field is unchanged. Keeps each
 * instrument's merged state and says when what we record of it changed.
 *
 * Invariant: a frame that is refused changes nothing.
 */
import type { DerivativeMessage } from '../contract.ts';
import { type JsonObject, readDecimalText, readSignedText } from '../kit/json-fields.ts';

interface Values {
  markPrice: number;
  indexPrice: number;
  fundingRate: number;
  nextFundingUs: number;
  /** Longs and shorts counted, as the venue has it. */
  bothSides: number;
  /** Since 2026-06; NaN where the venue does not send it. */
  oneSide: number;
}

const MS_MAX = 8_640_000_000_000_000 / 1000;

export class TickerStates {
  readonly #states = new Map<number, Values>();
  readonly #next: Values = emptyValues();

  /** Merges `data` and fills the values of `message`, whose instrument is set. */
  update(
    message: DerivativeMessage,
    data: JsonObject,
    isSnapshot: boolean,
  ): 'changed' | 'same' | 'malformed' {
    const state = this.#states.get(message.instrument);
    // A delta on nothing: its snapshot was lost, the next one comes with the next subscription.
    if (state === undefined && !isSnapshot) return 'same';
    const next = this.#next;
    Object.assign(next, isSnapshot ? emptyValues() : state);
    if (!merge(next, data)) return 'malformed';
    const wasSaid = state !== undefined && isSame(state, next);
    this.#states.set(message.instrument, Object.assign(state ?? emptyValues(), next));
    message.markPrice = next.markPrice;
    message.indexPrice = next.indexPrice;
    message.fundingRate = next.fundingRate;
    message.nextFundingUs = next.nextFundingUs;
    message.openInterest = openInterest(next);
    return wasSaid ? 'same' : 'changed';
  }
}

/** Contracts outstanding: each has a long and a short side, and `openInterest` counts both. */
function openInterest({ oneSide, bothSides }: Values): number {
  return Number.isNaN(oneSide) ? bothSides / 2 : oneSide;
}

function emptyValues(): Values {
  const nan = Number.NaN;
  return {
    markPrice: nan,
    indexPrice: nan,
    fundingRate: nan,
    nextFundingUs: nan,
    bothSides: nan,
    oneSide: nan,
  };
}

function isSame(a: Values, b: Values): boolean {
  return (
    Object.is(a.markPrice, b.markPrice) &&
    Object.is(a.indexPrice, b.indexPrice) &&
    Object.is(a.fundingRate, b.fundingRate) &&
    Object.is(a.nextFundingUs, b.nextFundingUs) &&
    Object.is(openInterest(a), openInterest(b))
  );
}

function merge(values: Values, data: JsonObject): boolean {
  const { markPrice, indexPrice, fundingRate, nextFundingTime } = data;
  const { openInterest: bothSides, singleOpenInterest: oneSide } = data;
  if (markPrice !== undefined) values.markPrice = readValue(markPrice, readDecimalText);
  if (indexPrice !== undefined) values.indexPrice = readValue(indexPrice, readDecimalText);
  if (fundingRate !== undefined) values.fundingRate = readValue(fundingRate, readSignedText);
  if (bothSides !== undefined) values.bothSides = readValue(bothSides, readDecimalText);
  if (oneSide !== undefined) values.oneSide = readValue(oneSide, readDecimalText);
  if (nextFundingTime !== undefined) {
    const time = nextFundingTime === '0' ? '' : nextFundingTime;
    values.nextFundingUs = readValue(time, readFundingTime);
  }
  return !Object.values(values).includes(WRONG);
}

/** Stands for a field that is none; no price, rate or time is infinite. */
const WRONG = Number.NEGATIVE_INFINITY;

/** An empty text is the venue's word for "none": dated contracts have no funding. */
function readValue(value: unknown, read: (value: unknown) => number): number {
  if (value === '') return Number.NaN;
  const number = read(value);
  return Number.isNaN(number) ? WRONG : number;
}

/** Milliseconds as text. */
function readFundingTime(value: unknown): number {
  const isTime = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value);
  const ms = isTime ? Number(value) : Number.NaN;
  return ms <= MS_MAX ? ms * 1000 : Number.NaN;
}
