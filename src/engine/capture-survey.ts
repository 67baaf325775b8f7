/**
 * Reads captures once to learn what they hold: feeds, instruments, first and last receive time. A
 * capture does not say which instruments it was made of, its frames do.
 */

import type { Instrument, TradeTape } from '../model/instrument.ts';
import { CaptureReader } from '../net/capture-reader.ts';
import type { FeedModule } from '../venues/contract.ts';
import { loadFeed } from '../venues/discover.ts';

export interface SurveyedFeed {
  readonly module: FeedModule;
  /** The venue's names found in frames that are no instrument of the feed. */
  readonly unknownNames: readonly string[];
}

export interface CaptureSurvey {
  readonly feeds: readonly SurveyedFeed[];
  readonly instruments: readonly Instrument[];
  readonly firstUs: number;
  readonly lastUs: number;
  readonly events: number;
}

interface Found {
  readonly module: FeedModule;
  readonly markers: readonly Buffer[];
  /** Names by their bytes as Latin-1, so that each is decoded once. */
  readonly names: Set<string>;
  /** Tapes with at least one trade, of a feed that has several. */
  readonly tapes: Set<TradeTape>;
}

const QUOTE = 0x22;
const SPACE = 0x20;
const NAME_LENGTH_MAX = 64;

/** Rejects with an EngineError when a file cannot be read or a feed is unknown. */
export async function surveyCaptures(paths: readonly string[]): Promise<CaptureSurvey> {
  const found = new Map<string, Found>();
  let firstUs = Number.NaN;
  let lastUs = Number.NaN;
  let events = 0;
  for (const path of paths) {
    const reader = await CaptureReader.open(path);
    while (await reader.load()) {
      for (let event = reader.next(); event !== undefined; event = reader.next()) {
        events += 1;
        if (Number.isNaN(firstUs)) firstUs = event.recvUs;
        lastUs = event.recvUs;
        let feed = found.get(event.feed);
        if (feed === undefined) {
          feed = createFound(await loadFeed(event.feed));
          found.set(event.feed, feed);
        }
        if (event.kind === 'text') collectNames(feed, event.payload, endOfText);
        else if (event.kind === 'bin') collectNames(feed, event.payload, endOfBinary);
      }
    }
    await reader.close();
  }
  return { ...resolve([...found.values()]), firstUs, lastUs, events };
}

function createFound(module: FeedModule): Found {
  const markers = module.symbolMarkers.map((marker) => Buffer.from(marker));
  return { module, markers, names: new Set(), tapes: new Set() };
}

/** Where the name ends that starts at `at`, or -1. */
type NameEnd = (bytes: Buffer, at: number) => number;

function endOfText(bytes: Buffer, at: number): number {
  return bytes.indexOf(QUOTE, at);
}

/** In a binary frame a text is followed by the next field, whose tag is a control character. */
function endOfBinary(bytes: Buffer, at: number): number {
  for (let end = at; end < bytes.length && end - at <= NAME_LENGTH_MAX; end += 1) {
    if ((bytes[end] as number) <= SPACE) return end;
  }
  return -1;
}

function collectNames(
  { module, markers, names, tapes }: Found,
  payload: Uint8Array,
  endOf: NameEnd,
): void {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (module.tapes.length > 1 && tapes.size < module.tapes.length) {
    for (const tape of module.tapes) {
      const marker = module.tapeMarkers[tape];
      if (marker !== undefined && bytes.includes(marker)) tapes.add(tape);
    }
  }
  for (const marker of markers) {
    for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at)) {
      at += marker.length;
      const end = endOf(bytes, at);
      if (end < 0) break;
      if (end > at && end - at <= NAME_LENGTH_MAX) names.add(bytes.toString('latin1', at, end));
    }
  }
}

function resolve(found: readonly Found[]): Pick<CaptureSurvey, 'feeds' | 'instruments'> {
  const instruments: Instrument[] = [];
  const feeds = found.map(({ module, names, tapes }) => {
    const unknownNames: string[] = [];
    // With both in the capture the feed's default is the one to keep.
    const tape = module.tapes.find((each) => tapes.has(each)) ?? module.tapes[0] ?? 'trade';
    for (const latin of [...names].sort()) {
      const name = Buffer.from(latin, 'latin1').toString('utf8');
      const parsed = module.parseSymbol(name);
      if (!parsed.ok) {
        unknownNames.push(name);
        continue;
      }
      const { symbol, marketType, venueSymbol, base, quote } = parsed;
      const key = { venue: module.venue, symbol, marketType, venueSymbol, base, quote, tape };
      instruments.push({ ...key, index: instruments.length, feed: module.id });
    }
    return { module, unknownNames };
  });
  return { feeds, instruments };
}
