/**
 * Fuzz of every feed's decoder: arbitrary bytes, and the frames and answers of its fixtures and of
 * the embedded exchange, mutated. Nothing throws, a refused frame delivers nothing, and what is
 * delivered is possible. Runs: `RUNS=100000 SEED=1 bun test test/property/decode-venues.test.ts`.
 */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Instrument } from '../../src/model/instrument.ts';
import { restFetch } from '../../src/net/rest-client.ts';
import type { DecodeOutcome, FeedModule, FeedProtocol } from '../../src/venues/contract.ts';
import { fixtureFiles } from '../support/venue-fixtures.ts';
import { feedsUnderTest, resolve, VenueRig } from '../support/venue-rig.ts';
import { Collector, type Copied } from '../unit/venues/binance/collector.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 1500);
const OUTCOMES: readonly DecodeOutcome[] = ['ok', 'ignored', 'malformed'];
const SIM_FRAMES_MAX = 400;
const BODY_LENGTH_MAX = 20_000;
const encoder = new TextEncoder();
console.log(`decode-venues seed ${SEED}`);

const files = fixtureFiles();

for (const { feed, dialect } of await feedsUnderTest()) {
  describe.concurrent(feed.id, () => {
    test('never throws and never delivers what cannot be', async () => {
      const seen = dialect === undefined ? NOTHING : await hearExchange(feed, dialect);
      const texts = files.filter((each) => each.venue === feed.venue).flatMap((f) => f.texts);
      const frames = [...texts.map((text) => encoder.encode(text)), ...seen.frames];
      expect(frames.length).toBeGreaterThan(0);
      const protocol = createProtocol(feed, seen.instruments);
      // Contract sizes, where frames cannot be decoded without.
      protocol.decodeRest(seen.list.url, seen.list.body, new Collector());
      const check = (bytes: Uint8Array) => checkFrame(protocol, bytes);
      const settings = { seed: SEED, numRuns: RUNS };
      for (const frame of frames) check(frame);
      fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check), settings);
      fc.assert(
        fc.property(fc.json(), (text) => check(encoder.encode(text))),
        settings,
      );
      fc.assert(fc.property(mutated(frames), check), settings);
    }, 60_000);

    test('takes any answer to its requests without throwing', () => {
      const protocol = createProtocol(feed);
      const urls = requestUrls(protocol);
      const bodies = files
        .filter((each) => each.venue === feed.venue)
        .flatMap((each) => each.texts)
        .filter((text) => text.length <= BODY_LENGTH_MAX)
        .map((text) => encoder.encode(text));
      const decoder = new TextDecoder();
      const check = (url: string, body: string) => {
        const out = new Collector();
        const outcome = protocol.decodeRest(url, body, out);
        expect(OUTCOMES).toContain(outcome);
        for (const message of out.messages) expectPossible(message);
      };
      const settings = { seed: SEED, numRuns: RUNS };
      const url = fc.constantFrom(...urls, 'http://x/', '', 'not a url');
      fc.assert(fc.property(url, fc.json(), check), settings);
      fc.assert(fc.property(url, fc.string(), check), settings);
      if (bodies.length === 0) return;
      fc.assert(
        fc.property(url, mutated(bodies), (to, bytes) => check(to, decoder.decode(bytes))),
        settings,
      );
    });
  });
}

/** A frame of the corpus after a few accidents. */
function mutated(frames: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const accident = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), with: fc.nat({ max: 7 }) }),
    fc.record({ kind: fc.constant('put' as const), at: fc.nat(), with: fc.nat({ max: 255 }) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), with: fc.nat({ max: 40 }) }),
    fc.record({ kind: fc.constant('end' as const), at: fc.nat(), with: fc.nat() }),
    fc.record({ kind: fc.constant('twice' as const), at: fc.nat(), with: fc.nat({ max: 40 }) }),
    fc.record({ kind: fc.constant('digit' as const), at: fc.nat(), with: fc.nat({ max: 19 }) }),
  );
  return fc
    .tuple(fc.constantFrom(...frames), fc.array(accident, { minLength: 1, maxLength: 3 }))
    .map(([frame, accidents]) =>
      accidents.reduce((bytes, { kind, at, with: by }) => spoil(bytes, kind, at, by), frame),
    );
}

function spoil(bytes: Uint8Array, kind: string, at: number, by: number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const place = at % bytes.length;
  const before = bytes.subarray(0, place);
  const copy = bytes.slice();
  switch (kind) {
    case 'flip':
      copy[place] = (copy[place] as number) ^ (1 << by);
      return copy;
    case 'put':
      copy[place] = by;
      return copy;
    case 'cut':
      return Buffer.concat([before, bytes.subarray(place + by)]);
    case 'end':
      return bytes.slice(0, place);
    case 'twice':
      return Buffer.concat([bytes.subarray(0, place + by), bytes.subarray(place)]);
    default: {
      // A number that no field is meant for, in place of the next one.
      const digit = copy.findIndex((byte, i) => i >= place && byte >= 0x30 && byte <= 0x39);
      if (digit < 0) return copy;
      const number = encoder.encode(NUMBERS[by % NUMBERS.length] ?? '0');
      return Buffer.concat([bytes.subarray(0, digit), number, bytes.subarray(digit + 1)]);
    }
  }
}

const NUMBERS = ['-1', '1e400', '99999999999999999999', '9007199254740993', '0.0', '', 'null'];

function checkFrame(protocol: FeedProtocol, bytes: Uint8Array): void {
  const out = new Collector();
  const outcome = protocol.decode(bytes, bytes.length, out);
  expect(OUTCOMES).toContain(outcome);
  if (outcome === 'malformed') expect(out.messages).toEqual([]);
  for (const message of out.messages) expectPossible(message);
}

function impossible(message: Copied): Error {
  return new Error(`delivered ${JSON.stringify(message)}`);
}

function expectPossible(message: Copied): void {
  const numbers = (...names: string[]) => names.map((name) => message[name] as number);
  const isInstrument = (index: unknown) => index === 0 || index === 1;
  if (message.type === 'trade' && message.isMarket === true) {
    const [price = Number.NaN, size = Number.NaN, tsUs] = numbers('price', 'size', 'tsUs');
    const isPossible = Number.isFinite(price) && size > 0 && Number.isSafeInteger(tsUs);
    if (!isPossible || !isInstrument(message.instrument)) throw impossible(message);
  } else if (message.type === 'quote') {
    const [bid = 0, ask = 0] = numbers('bidSize', 'askSize');
    // NaN where the venue has no order on a side.
    if (bid < 0 || ask < 0 || bid === Infinity || ask === Infinity) {
      throw impossible(message);
    }
  } else if (message.type === 'depth') {
    const levels = [...(message.bids as number[][]), ...(message.asks as number[][])];
    const isPossible = levels.every(
      ([price = Number.NaN, size = Number.NaN]) => Number.isFinite(price) && size >= 0,
    );
    if (!isPossible) throw impossible(message);
  }
}

function listingsOf(feed: FeedModule) {
  return feed.catalogue.slice(0, 2).map((symbol, index) => resolve(feed, symbol, index));
}

function createProtocol(feed: FeedModule, instruments = listingsOf(feed)): FeedProtocol {
  return feed.createProtocol({
    instruments,
    channels: ['trades', 'quotes', 'book', 'derivative', 'liquidations'],
    urls: feed.urls,
    anyTape: true,
  });
}

function requestUrls(protocol: FeedProtocol): string[] {
  const wanted = { fromId: 1, toId: 100, fromUs: 1e15, toUs: 1e15 + 1e6 };
  return [
    protocol.instrumentsRequest(),
    protocol.bookSnapshotRequest(0),
    protocol.tradesRequest(0, wanted),
    ...(protocol.polls?.() ?? []).map((poll) => poll.request),
  ].flatMap((request) => request?.url ?? []);
}

type Dialect = NonNullable<Awaited<ReturnType<typeof feedsUnderTest>>[number]['dialect']>;

interface Heard {
  readonly frames: readonly Uint8Array[];
  readonly instruments: Instrument[] | undefined;
  readonly list: { readonly url: string; readonly body: string };
}

const NOTHING: Heard = { frames: [], instruments: undefined, list: { url: '', body: '' } };

/** What the embedded exchange says in a second, and its instrument list. */
async function hearExchange(feed: FeedModule, dialect: Dialect): Promise<Heard> {
  await using rig = await VenueRig.start({ feed, dialect, rate: 200 });
  const frames: Uint8Array[] = [];
  rig.wire.edit = (frame) => {
    const bytes = typeof frame === 'string' ? encoder.encode(frame) : frame;
    if (frames.length < SIM_FRAMES_MAX) frames.push(bytes);
    return [frame];
  };
  await rig.flowing();
  const { instruments } = rig;
  const urls = rig.wire.urls(feed.id);
  const protocol = feed.createProtocol({ instruments, channels: rig.channels, urls });
  const request = protocol.instrumentsRequest();
  const { url, body } = await restFetch(request.url, request.body);
  return { frames, instruments: [...instruments], list: { url, body } };
}
