/**
 * The `feeds` section against the venues of this build: which feeds, channels, tapes and
 * instruments are recorded. Offline; throws `UsageError` about the first thing nobody knows.
 */

import type { FeedConfig } from '../../engine/engine-config.ts';
import { closeMatches } from '../../http/close-match.ts';
import { type Instrument, instrumentName, type TradeTape } from '../../model/instrument.ts';
import { CHANNEL_NAMES, type ChannelName } from '../../model/record-layout.ts';
import type { FeedModule, VenueModule } from '../../venues/contract.ts';
import type { FeedSection } from './config-schema.ts';
import type { ConfigSource } from './config-source.ts';
import { didYouMean } from './issue-text.ts';

const CLOSE_COUNT = 3;

/** Symbols the embedded exchange trades on `feed`, canonical; undefined: it has no such feed. */
export type SimulatedCatalogue = (feed: string) => readonly string[] | undefined;

export interface FeedRules {
  readonly venues: readonly VenueModule[];
  /** Symbols outside a feed's catalogue are taken as they are. */
  readonly allowUnlisted: boolean;
  /** Set when the embedded exchange is what is recorded. */
  readonly simulated?: SimulatedCatalogue | undefined;
}

export interface ResolvedFeeds {
  readonly feeds: readonly FeedConfig[];
  readonly instruments: readonly Instrument[];
}

export function resolveFeeds(
  sections: Readonly<Record<string, FeedSection>>,
  source: ConfigSource,
  rules: FeedRules,
): ResolvedFeeds {
  const feeds: FeedConfig[] = [];
  const instruments: Instrument[] = [];
  const places = new Map<string, string>();
  if (Object.keys(sections).length === 0) throw source.problem(['feeds'], 'no feed is configured');
  for (const [id, section] of Object.entries(sections)) {
    const module = findFeed(id, source, rules.venues);
    const tape = resolveTape(module, section, source);
    feeds.push(resolveFeed(module, section, source));
    for (const [i, text] of section.symbols.entries()) {
      const known = resolveSymbol(module, text, i, source, rules);
      const instrument = { ...known, index: instruments.length, feed: id, tape };
      const place = `feeds.${id}.symbols[${i}]`;
      const key = instrumentName(instrument);
      const earlier = places.get(key);
      if (earlier !== undefined) {
        const fact = `'${text}' is the same instrument as ${earlier} (${key})`;
        throw source.problem(['feeds', id, 'symbols', i], fact);
      }
      places.set(key, place);
      instruments.push(instrument);
    }
  }
  return { feeds, instruments };
}

function findFeed(id: string, source: ConfigSource, venues: readonly VenueModule[]): FeedModule {
  const modules = venues.flatMap((venue) => venue.feeds);
  const found = modules.find((feed) => feed.id === id);
  if (found !== undefined) return found;
  const path = ['feeds', id];
  const venue = venues.find((each) => each.id === id.split('.')[0]);
  if (venue !== undefined) {
    const names = venue.feeds.map((feed) => feed.id).join(', ');
    throw source.problem(path, `${venue.id} has no feed '${id}'; it has ${names}`);
  }
  const hint = didYouMean(
    id,
    modules.map((feed) => feed.id),
  );
  throw source.problem(path, `no venue has a feed '${id}'${hint}`);
}

function resolveTape(module: FeedModule, section: FeedSection, source: ConfigSource): TradeTape {
  const tape = section.trades ?? module.tapes[0] ?? 'trade';
  if (section.trades !== undefined && !module.tapes.includes(tape)) {
    const fact = `${module.id} has no tape '${tape}'; it has ${module.tapes.join(', ')}`;
    throw source.problem(['feeds', module.id, 'trades'], fact);
  }
  return tape;
}

function resolveFeed(module: FeedModule, section: FeedSection, source: ConfigSource): FeedConfig {
  const { urls, stale_after: staleAfter } = section;
  for (const [i, channel] of section.channels.entries()) {
    const path = ['feeds', module.id, 'channels', i];
    if (module.channels[channel] === undefined) {
      const names = Object.keys(module.channels).join(', ');
      throw source.problem(path, `${module.id} has no channel '${channel}'; it has ${names}`);
    }
    if (section.channels.indexOf(channel) < i) throw source.problem(path, `'${channel}' twice`);
  }
  const staleAfterUs: Partial<Record<ChannelName, number>> = {};
  for (const channel of CHANNEL_NAMES) {
    const ms = staleAfter[channel];
    if (ms !== undefined) staleAfterUs[channel] = ms * 1000;
  }
  return {
    feed: module.id,
    venue: module.venue,
    urls: { ws: urls.ws ?? module.urls.ws, rest: urls.rest ?? module.urls.rest },
    channels: section.channels,
    staleAfterUs,
  };
}

type SymbolFacts = Omit<Instrument, 'index' | 'feed' | 'tape'>;

function resolveSymbol(
  module: FeedModule,
  text: string,
  position: number,
  source: ConfigSource,
  rules: FeedRules,
): SymbolFacts {
  const path = ['feeds', module.id, 'symbols', position];
  const result = module.parseSymbol(text);
  if (!result.ok) {
    const hint = closeText(text, module.catalogue);
    throw source.problem(path, `${result.reason}${hint}`);
  }
  const { symbol, marketType, venueSymbol, base, quote } = result;
  if (!result.listed && !rules.allowUnlisted) {
    const hint = closeText(symbol, module.catalogue);
    const way = 'allow_unlisted: true takes it as it is';
    throw source.problem(path, `${module.id} does not list '${text}'${hint}; ${way}`);
  }
  const simulated = rules.simulated?.(module.id);
  if (rules.simulated !== undefined && !simulated?.includes(symbol)) {
    const hint = closeText(symbol, simulated ?? []);
    throw source.problem(
      path,
      `the embedded exchange does not trade ${module.id} '${text}'${hint}`,
    );
  }
  return { venue: module.venue, symbol, marketType, venueSymbol, base, quote };
}

function closeText(text: string, names: readonly string[]): string {
  const close = closeMatches(text, names, CLOSE_COUNT);
  return close.length === 0 ? '' : `; close matches: ${close.join(', ')}`;
}
