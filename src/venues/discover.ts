/**
 * Finds the venues: every folder beside this file that has a `venue.ts`. Nothing lists them; adding
 * one is adding a folder. Used at start by the command line and by venue workers.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../base/errors.ts';
import type { FeedModule, VenueModule } from './contract.ts';

const VENUE_ID = /^[a-z0-9-]+$/;

/** Ids of the venues there are, sorted, without loading any. */
export function venueIds(): readonly string[] {
  return readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => existsSync(join(import.meta.dirname, name, 'venue.ts')))
    .sort();
}

/** Loads one venue and nothing of the others. Rejects with an EngineError when there is none. */
export async function loadVenue(venueId: string): Promise<VenueModule> {
  if (!VENUE_ID.test(venueId) || !venueIds().includes(venueId)) {
    throw new EngineError(`unknown venue "${venueId}": known are ${venueIds().join(', ')}`, {
      code: 'unknown_venue',
      retry: 'fatal',
    });
  }
  const module: { venue?: VenueModule } = await import(`./${venueId}/venue.ts`);
  if (module.venue === undefined) throw brokenVenue(venueId, 'venue.ts exports no `venue`');
  checkVenue(venueId, module.venue);
  return module.venue;
}

/** Loads the venue of a feed id (`binance.spot`) and picks the feed. */
export async function loadFeed(feedId: string): Promise<FeedModule> {
  const venue = await loadVenue(feedId.split('.', 1)[0] ?? '');
  const feed = venue.feeds.find((each) => each.id === feedId);
  if (feed === undefined) {
    const known = venue.feeds.map((each) => each.id).join(', ');
    throw new EngineError(`unknown feed "${feedId}": ${venue.id} has ${known}`, {
      code: 'unknown_feed',
      retry: 'fatal',
    });
  }
  return feed;
}

/** Loads all venues, sorted by id. */
export async function discoverVenues(): Promise<readonly VenueModule[]> {
  return Promise.all(venueIds().map(loadVenue));
}

/** Folder, ids and defaults agree. As the folder's name is in every id, ids are unique. */
function checkVenue(folder: string, venue: VenueModule): void {
  if (venue.id !== folder) throw brokenVenue(folder, `its id is "${venue.id}"`);
  const seen = new Set<string>();
  for (const feed of venue.feeds) {
    const isOwn = feed.id === venue.id || feed.id.startsWith(`${venue.id}.`);
    if (feed.venue !== venue.id || !isOwn) {
      throw brokenVenue(folder, `feed "${feed.id}" of venue "${feed.venue}" is not of this folder`);
    }
    if (seen.has(feed.id)) throw brokenVenue(folder, `feed "${feed.id}" is there twice`);
    if (feed.tapes.length === 0) throw brokenVenue(folder, `feed "${feed.id}" has no tape`);
    seen.add(feed.id);
  }
}

function brokenVenue(folder: string, why: string): EngineError {
  return new EngineError(`venue folder "${folder}": ${why}`, {
    code: 'broken_venue',
    retry: 'fatal',
  });
}
