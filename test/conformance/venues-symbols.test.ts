/**
 * Symbols of every feed: canonical and native names mean the same instrument, the catalogue and the
 * embedded exchange agree, and a name nobody knows is answered with close ones.
 */
import { describe, expect, test } from 'bun:test';
import { UsageError } from '../../src/base/errors.ts';
import { ConfigSource } from '../../src/cli/config/config-source.ts';
import { checkConfig } from '../../src/cli/config/load-config.ts';
import { resolveConfig } from '../../src/cli/config/resolve-config.ts';
import { parseCanonicalSymbol } from '../../src/model/instrument.ts';
import { discoverVenues } from '../../src/venues/discover.ts';
import { feedsUnderTest } from '../support/venue-rig.ts';

const venues = await discoverVenues();

/** What the config makes of one symbol of a feed. */
function configure(feed: string, symbol: string, allowUnlisted = false) {
  const yaml = `allow_unlisted: ${allowUnlisted}\nfeeds:\n  ${feed}:\n    symbols: ["${symbol}"]\n`;
  const loaded = checkConfig(ConfigSource.fromText('tickspine.yaml', yaml, {}));
  const rules = {
    command: 'collect',
    version: '0',
    directory: '/srv',
    venues,
    storeSchemes: ['sqlite'],
  };
  return resolveConfig(loaded, {}, rules).engine.instruments[0];
}

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe.each((await feedsUnderTest()).map((each) => [each.feed.id, each] as const))(
  '%s',
  (id, { feed, dialect }) => {
    test('understands every name of its catalogue, and the native name means the same', () => {
      expect(feed.catalogue.length).toBeGreaterThan(1);
      expect(new Set(feed.catalogue).size).toBe(feed.catalogue.length);
      for (const symbol of feed.catalogue) {
        expect(parseCanonicalSymbol(symbol)).toBeDefined();
        const canonical = feed.parseSymbol(symbol);
        if (!canonical.ok) throw new Error(canonical.reason);
        expect(canonical).toMatchObject({ symbol, listed: true });
        const native = feed.parseSymbol(canonical.venueSymbol);
        // Where a spot pair and a swap share the canonical name, the native one may be either's.
        if (!native.ok) throw new Error(native.reason);
        expect(native).toMatchObject({ symbol, venueSymbol: canonical.venueSymbol, listed: true });
      }
    });

    test('is traded by the embedded exchange under the names the feed gives', () => {
      for (const listing of dialect?.listings ?? []) {
        const { symbol, marketType, venueSymbol, base, quote } = listing;
        const parsed = feed.parseSymbol(venueSymbol);
        expect(parsed).toMatchObject({ ok: true, symbol, marketType, venueSymbol, base, quote });
      }
    });

    test('takes canonical and native names in the config', () => {
      const symbol = feed.catalogue[0] ?? '';
      const parsed = feed.parseSymbol(symbol);
      const native = parsed.ok ? parsed.venueSymbol : '';
      expect(configure(id, symbol)).toMatchObject({ symbol, venueSymbol: native, feed: id });
      expect(configure(id, native)).toMatchObject({ symbol, venueSymbol: native, feed: id });
    });

    test('answers a misspelled name with the close ones', () => {
      const symbol = feed.catalogue[0] ?? '';
      const [base = '', quote = ''] = symbol.split('/');
      const wrong = `${base}${base.at(-1)}/${quote}`;
      const line = problemOf(() => configure(id, wrong));
      expect(line).toContain(wrong);
      expect(line).toContain('close matches: ');
      expect(line).toContain(symbol);
    });

    test('refuses what is no symbol with a reason, and never throws', () => {
      for (const text of ['', ' ', '/', 'BTC/', '/USDT', '💥', 'a'.repeat(5000), '__proto__']) {
        const result = feed.parseSymbol(text);
        if (result.ok) expect(result.listed).toBe(false);
        else expect(result.reason.length).toBeGreaterThan(0);
      }
    });
  },
);
