import { describe, expect, test } from 'bun:test';
import { discoverVenues, loadFeed, loadVenue, venueIds } from '../../../src/venues/discover.ts';

describe('discovery', () => {
  test('finds the folders that have a venue and no others', () => {
    expect(venueIds()).toContain('binance');
    expect(venueIds()).not.toContain('kit');
  });

  test('loads every venue, each feed id once', async () => {
    const venues = await discoverVenues();
    expect(venues.map((each) => each.id)).toEqual([...venueIds()]);
    const ids = venues.flatMap((each) => each.feeds.map((feed) => feed.id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('binance.spot');
  });

  test('picks a feed by its id', async () => {
    expect((await loadFeed('binance.usdm')).tapes).toEqual(['aggTrade', 'trade']);
  });

  test('refuses unknown ids, and paths, by naming what there is', async () => {
    await expect(loadVenue('nowhere')).rejects.toThrow('binance');
    await expect(loadVenue('../venues/binance')).rejects.toThrow('unknown venue');
    await expect(loadFeed('binance.nothing')).rejects.toThrow('binance.spot');
    await expect(loadFeed('')).rejects.toThrow('unknown venue');
  });
});
