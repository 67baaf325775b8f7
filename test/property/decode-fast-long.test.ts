/**
 * Every feed's fast path against the slow path of the same venue: two protocols get the same
 * frames, one of them with a space in front, which no fast path takes. Frames of the embedded
 * exchange and of the fixtures, whole and after accidents in bytes and in fields. Both say the same
 * of each, message by message. Runs: `RUNS=100000 SEED=1 bun test test/property/decode-fast`.
 */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { restFetch } from '../../src/net/rest-client.ts';
import type { FeedModule, FeedProtocol } from '../../src/venues/contract.ts';
import { FrameReader } from '../../src/venues/kit/frame-reader.ts';
import { mutatedFrames } from '../support/json-mutation.ts';
import { fixtureFiles } from '../support/venue-fixtures.ts';
import { feedsUnderTest, resolve, VenueRig } from '../support/venue-rig.ts';
import { Collector } from '../unit/venues/binance/collector.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 2000);
const SIM_FRAMES_MAX = 400;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
console.log(`decode-fast seed ${SEED}`);

const files = fixtureFiles();

/** How many frames were read by a shape since the last look. */
let fastCount = 0;
const { read } = FrameReader.prototype;
FrameReader.prototype.read = function counted(frame, length) {
  const kind = read.call(this, frame, length);
  if (kind >= 0) fastCount += 1;
  return kind;
};

/** Feeds of which no frame is read by a shape: Kraken, MEXC. */
const SLOW_FEEDS_MAX = 3;
const slowFeeds: string[] = [];

const feeds = await feedsUnderTest();

describe('the fast path says the same as the slow path', () => {
  for (const { feed, dialect } of feeds) {
    test(feed.id, async () => {
      const twins = await Twins.of(feed, dialect);
      const texts = files.filter((each) => each.venue === feed.venue).flatMap((f) => f.texts);
      const frames = [...twins.heard, ...texts].filter((text) => text.startsWith('{'));
      fastCount = 0;
      twins.checkAll(frames);
      // What was learned from the first pass reads the second.
      twins.checkAll(frames);
      if (fastCount === 0) {
        slowFeeds.push(feed.id);
        return;
      }
      if (twins.heard.length > 0) expect(fastCount).toBeGreaterThan(twins.heard.length / 2);
      const check = (bytes: Uint8Array) => twins.check(bytes);
      fc.assert(fc.property(mutatedFrames(frames), check), { seed: SEED, numRuns: RUNS });
      const turned = fc.tuple(fc.constantFrom(...frames), fc.nat());
      const checkTurned = ([text, by]: [string, number]) => twins.checkAll([turn(text, by)]);
      fc.assert(fc.property(turned, checkTurned), { seed: SEED, numRuns: RUNS / 4 });
      // After whatever shapes the accidents taught, the frames still mean what they mean.
      twins.checkAll(frames);
    }, 120_000);
  }

  test('of nearly all feeds', () => {
    expect(slowFeeds.length).toBeLessThanOrEqual(SLOW_FEEDS_MAX);
  });
});

class Twins {
  heard: readonly string[] = [];
  readonly #fast: FeedProtocol;
  readonly #slow: FeedProtocol;

  private constructor(fast: FeedProtocol, slow: FeedProtocol) {
    this.#fast = fast;
    this.#slow = slow;
  }

  static async of(feed: FeedModule, dialect: Dialect | undefined): Promise<Twins> {
    const listings = feed.catalogue.slice(0, 2).map((symbol, i) => resolve(feed, symbol, i));
    const create = (instruments = listings) =>
      feed.createProtocol({
        instruments,
        channels: ['trades', 'quotes', 'book', 'derivative', 'liquidations'],
        urls: feed.urls,
        anyTape: true,
      });
    if (dialect === undefined) return new Twins(create(), create());
    await using rig = await VenueRig.start({ feed, dialect, rate: 200 });
    const heard: string[] = [];
    rig.wire.edit = (frame) => {
      if (typeof frame === 'string' && heard.length < SIM_FRAMES_MAX) heard.push(frame);
      return [frame];
    };
    await rig.flowing();
    const twins = new Twins(create([...rig.instruments]), create([...rig.instruments]));
    twins.heard = heard;
    const urls = rig.wire.urls(feed.id);
    const { instruments, channels } = rig;
    const request = feed.createProtocol({ instruments, channels, urls }).instrumentsRequest();
    const { url, body } = await restFetch(request.url, request.body);
    for (const each of [twins.#fast, twins.#slow]) each.decodeRest(url, body, new Collector());
    return twins;
  }

  checkAll(texts: readonly string[]): void {
    for (const text of texts) this.check(encoder.encode(text));
  }

  check(bytes: Uint8Array): void {
    const spaced = new Uint8Array(bytes.length + 1);
    spaced[0] = 0x20;
    spaced.set(bytes, 1);
    const before = fastCount;
    const fast = said(this.#fast, bytes);
    const slow = said(this.#slow, spaced);
    // What no shape reads is the slow path's in both; of control frames it minds the space.
    if (fastCount === before) return;
    if (Bun.deepEquals(fast, slow, true)) return;
    throw new Error(`${decoder.decode(bytes)}\n fast ${show(fast)}\n slow ${show(slow)}`);
  }
}

/** The same fields in another order: venues do not promise one. */
function turn(text: string, by: number): string {
  let left = by;
  const turnValue = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turnValue);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, turnValue(each)]);
    const from = left % Math.max(1, entries.length);
    left = Math.floor(left / 3) + 1;
    return Object.fromEntries([...entries.slice(from), ...entries.slice(0, from)]);
  };
  return JSON.stringify(turnValue(JSON.parse(text)));
}

function said(protocol: FeedProtocol, bytes: Uint8Array) {
  const out = new Collector();
  const outcome = protocol.decode(bytes, bytes.length, out);
  return { outcome, messages: out.messages };
}

function show(value: unknown): string {
  return Bun.inspect(value, { depth: 6 });
}

type Dialect = NonNullable<Awaited<ReturnType<typeof feedsUnderTest>>[number]['dialect']>;
