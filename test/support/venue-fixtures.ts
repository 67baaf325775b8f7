/**
 * The fixtures of every venue folder. A file is an array of golden frames:
 * `{feed, name, frame | frame_base64, outcome, messages}`, or of golden REST answers:
 * `{feed, name, url, body, outcome, messages}`. Messages name the instrument by `symbol` and write
 * NaN as null; what a message leaves out is not compared.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface VenueFixture {
  readonly feed: string;
  readonly name: string;
  readonly frame?: string;
  readonly frame_base64?: string;
  readonly url?: string;
  readonly body?: string;
  readonly outcome: string;
  readonly messages: readonly Readonly<Record<string, unknown>>[];
}

export interface FixtureFile {
  readonly venue: string;
  readonly file: string;
  /** Undefined: of a form only the venue's own tests know. */
  readonly fixtures: readonly VenueFixture[] | undefined;
  /** Every text in it that could be a frame. */
  readonly texts: readonly string[];
  readonly isExplained: boolean;
}

const VENUES = join(import.meta.dirname, '../../src/venues');
const TEXT_LENGTH_MIN = 2;

export function fixtureFiles(): readonly FixtureFile[] {
  return readdirSync(VENUES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesOf(name));
}

function filesOf(venue: string): FixtureFile[] {
  const folder = join(VENUES, venue, 'fixtures');
  if (!existsSync(folder)) return [];
  const metadataPath = join(folder, 'metadata.json');
  const metadata: Record<string, unknown> = existsSync(metadataPath)
    ? JSON.parse(readFileSync(metadataPath, 'utf8'))
    : {};
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'metadata.json')
    .sort()
    .map((file) => {
      const content: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const isGolden = Array.isArray(content) && content.every(isFixture);
      return {
        venue,
        file,
        fixtures: isGolden ? (content as VenueFixture[]) : undefined,
        texts: [...textsOf(content)],
        isExplained: metadata[file] !== undefined,
      };
    });
}

function isFixture(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { feed, name, frame, frame_base64, body, outcome, messages } = value as VenueFixture;
  const hasInput = [frame, frame_base64, body].some((each) => typeof each === 'string');
  const isNamed = typeof feed === 'string' && typeof name === 'string';
  return isNamed && hasInput && typeof outcome === 'string' && Array.isArray(messages);
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    if (value.length >= TEXT_LENGTH_MIN) yield value;
  } else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) yield* textsOf(each);
  }
}
