/** Numbers, texts and times from bytes, against what JSON.parse, Number and the text path say. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { losesPrecision, parseDecimalText } from '../../src/base/decimal.ts';
import { IsoScanner } from '../../src/venues/kit/iso-scan.ts';
import { isoTimeUs } from '../../src/venues/kit/iso-time.ts';
import { WordScanner } from '../../src/venues/kit/word-scan.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 20_000);
const settings = { seed: SEED, numRuns: RUNS };
const encoder = new TextEncoder();
console.log(`word-scan seed ${SEED}`);

const digits = (max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });

/** The scanner at the start of `text` and what follows it. */
function scannerOf(text: string, behind = '"'): WordScanner {
  const scan = new WordScanner();
  const bytes = encoder.encode(`${text}${behind}`);
  scan.reset(bytes, bytes.length);
  return scan;
}

describe('the scanner of words', () => {
  test('reads integers as JSON.parse does, or not at all', () => {
    const check = (text: string) => {
      const scan = scannerOf(text, ',');
      const value = scan.unsigned();
      const number = Number(text);
      const isPlain = /^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(number);
      if (isPlain) expect([value, scan.at]).toEqual([number, text.length]);
      else expect(value === -1 || scan.at < text.length).toBe(true);
    };
    fc.assert(fc.property(digits(20), check), settings);
    for (const text of ['9007199254740991', '9007199254740992', '9007199254740993']) check(text);
  });

  test('reads decimals as Number does and tells when digits were lost', () => {
    const decimals = fc
      .tuple(digits(20), fc.option(digits(24)))
      .map(([whole, fraction]) => (fraction === null ? whole : `${whole}.${fraction}`));
    const check = (text: string) => {
      const scan = scannerOf(text);
      const value = scan.decimal();
      const expected = parseDecimalText(text);
      if (Number.isNaN(expected)) {
        expect(value).toBe(-1);
        return;
      }
      expect([value, scan.at]).toEqual([expected, text.length]);
      expect(scan.precisionLoss).toBe(losesPrecision(text));
    };
    fc.assert(fc.property(decimals, check), settings);
  });

  test('takes texts up to their quote, and only plain ones', () => {
    const check = (text: string) => {
      const scan = scannerOf(text);
      const [taken = ''] = text.split('"', 1);
      const isPlain = /^[ !#-[\]-\x7f]*$/.test(taken);
      expect(scan.plain()).toBe(isPlain);
      if (isPlain) expect(scan.at).toBe(taken.length);
    };
    const unit = fc.oneof(
      { arbitrary: fc.constantFrom(...'abc-019 ~!#[]\x7f'), weight: 20 },
      { arbitrary: fc.constantFrom(...'\\"\u0000\u001f\u0080é€'), weight: 1 },
    );
    fc.assert(fc.property(fc.string({ unit, maxLength: 40 }), check), settings);
  });

  test('reads times as the text path does, or not at all', () => {
    const iso = new IsoScanner();
    const times = fc
      .tuple(fc.date({ noInvalidDate: true, min: new Date(0) }), fc.option(digits(8)))
      .map(([date, fraction]) => {
        const second = date.toISOString().slice(0, -5);
        return fraction === null ? `${second}Z` : `${second}.${fraction}Z`;
      });
    const spoilt = fc
      .tuple(times, fc.nat(), fc.constantFrom(...'0123456789-:TZ. "'))
      .map(([time, at, by]) => {
        const place = at % time.length;
        return `${time.slice(0, place)}${by}${time.slice(place + 1)}`;
      });
    const check = (text: string) => {
      const scan = scannerOf(text);
      const us = iso.take(scan);
      if (us >= 0 && scan.at === text.length) expect(us).toBe(isoTimeUs(text));
      else if (/^\d{4}-.{14}\.\d{1,6}Z$/.test(text)) expect(isoTimeUs(text) >= 0).toBe(false);
    };
    fc.assert(fc.property(fc.oneof(times, spoilt), check), settings);
  });
});
