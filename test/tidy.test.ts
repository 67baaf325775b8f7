/**
 * The house's style, held by a test: who may import whom, sizes, names, and what may be used where.
 * Reads the sources as text, with comments and strings blanked out where words are looked for.
 */
import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { blankText, importsOf } from './support/source-scan.ts';

const ROOT = join(import.meta.dirname, '..');
const LINES_MAX = 500;
const LINES_MEDIAN_MAX = 120;
const COLUMNS_MAX = 100;
const WORKER_LINES_MAX = 40;

interface Source {
  /** From the root, `src/base/clock.ts`. */
  readonly path: string;
  readonly text: string;
  /** `text` with comments and the content of strings replaced by blanks. */
  readonly code: string;
}

function sources(...patterns: string[]): Source[] {
  const paths = patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(ROOT)]);
  return paths
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !/(^|\/)(gen|fixtures|node_modules)\//.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, code: blankText(text) };
    });
}

const inSrc = sources('src/**/*.ts');
const inWorkers = sources('workers/**/*.ts');
const everywhere = [
  ...inSrc,
  ...inWorkers,
  ...sources('test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts', 'examples/**/*.ts'),
  ...sources('assembly/**/*.ts'),
];

/** Lines of `files` whose code matches, as `path:line: text`. */
function hits(files: readonly Source[], pattern: RegExp): string[] {
  return files.flatMap(({ path, code, text }) => {
    const lines = text.split('\n');
    return code
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${lines[i]?.trim()}`] : []));
  });
}

/**
 * What a file may import of the project, by the longest prefix of its path. `./` is the file's own
 * rule's folder. A venue is one folder, and so is a store: the segment in `*` must be the same.
 */
const MAY_IMPORT: readonly (readonly [from: string, to: readonly string[]])[] = [
  ['src/base/', ['./']],
  ['src/shm/', ['./', 'src/base/']],
  ['src/model/', ['./', 'src/base/', 'schemas/gen/']],
  ['src/book/', ['./', 'src/base/', 'src/model/']],
  ['src/candles/', ['./', 'src/base/', 'src/model/']],
  ['src/net/', ['./', 'src/base/']],
  ['src/venues/contract.ts', ['src/base/', 'src/model/']],
  ['src/venues/sim-contract.ts', ['src/base/', 'src/model/', 'src/venues/contract.ts']],
  ['src/venues/feed-counters.ts', ['src/base/']],
  ['src/venues/discover.ts', ['src/base/', 'src/venues/contract.ts', 'src/venues/sim-contract.ts']],
  [
    'src/venues/kit/',
    [
      './',
      'src/base/',
      'src/model/',
      'src/book/',
      'src/venues/contract.ts',
      'src/venues/sim-contract.ts',
      'src/venues/feed-counters.ts',
    ],
  ],
  [
    'src/venues/*/',
    [
      './',
      'src/base/',
      'src/model/',
      'src/venues/kit/',
      'src/venues/contract.ts',
      'src/venues/sim-contract.ts',
    ],
  ],
  ['src/store/open-store.ts', ['src/base/', 'src/store/contract.ts']],
  ['src/store/server/', ['./', 'src/base/', 'src/model/', 'src/store/+']],
  ['src/store/*/', ['./', 'src/base/', 'src/model/', 'src/store/+', 'src/store/server/']],
  ['src/store/', ['src/base/', 'src/model/', 'src/store/+']],
  [
    'src/engine/',
    [
      './',
      'src/base/',
      'src/shm/',
      'src/model/',
      'src/book/',
      'src/candles/',
      'src/net/',
      'src/venues/+',
      'src/venues/kit/',
      'src/store/+',
    ],
  ],
  [
    'src/http/',
    [
      './',
      'src/base/',
      'src/model/',
      'src/store/contract.ts',
      'src/engine/engine-view.ts',
      'src/engine/counters.ts',
    ],
  ],
  [
    'src/sim/',
    [
      './',
      'src/base/',
      'src/shm/',
      'src/model/',
      'src/book/',
      'src/candles/',
      'src/net/',
      'src/venues/',
      'src/store/',
      'src/engine/',
    ],
  ],
  ['src/cli/', ['src/', 'package.json']],
  // The embedded exchange has a thread of its own; nothing else of the recorder knows it.
  ['workers/exchange.worker.ts', ['src/base/', 'src/sim/']],
  ['workers/', ['src/base/', 'src/model/', 'src/venues/+', 'src/store/+', 'src/engine/']],
];

/** Folder that `./` stands for in the rule `from` as it applies to `path`. */
function ownFolder(from: string, path: string): string {
  return from.includes('*')
    ? path
        .split('/')
        .slice(0, from.split('/').length - 1)
        .join('/')
    : from;
}

function ruleFor(path: string): (typeof MAY_IMPORT)[number] | undefined {
  const matching = MAY_IMPORT.filter(([from]) => {
    const pattern = from.replaceAll('.', '\\.').replaceAll('*', '[^/]+');
    return new RegExp(`^${pattern}`).test(path);
  });
  const exact = matching.filter(([from]) => !from.includes('*'));
  // What all venues share, and all stores on a server, is no venue and no store.
  const shared = exact.find(([from]) => from === 'src/venues/kit/' || from === 'src/store/server/');
  const file = exact.find(([from]) => from.endsWith('.ts'));
  return file ?? shared ?? matching.find(([from]) => from.includes('*')) ?? matching[0];
}

function mayImport(path: string, target: string): boolean {
  const rule = ruleFor(path);
  if (rule === undefined) return false;
  const [from, allowed] = rule;
  return allowed.some((entry) => {
    const prefix = entry === './' ? ownFolder(from, path) : entry;
    // `folder/+`: the files of the folder itself, not of the folders in it.
    if (prefix.endsWith('/+')) return dirname(target) === prefix.slice(0, -2);
    return target.startsWith(prefix);
  });
}

describe('imports', () => {
  test('go one way, as the table says', () => {
    const wrong = [...inSrc, ...inWorkers].flatMap(({ path, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith('.'))
        .map((name) => normalize(join(dirname(path), name)).replaceAll('\\', '/'))
        .filter((target) => !mayImport(path, target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('name existing files, with their extension', () => {
    const wrong = everywhere.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith('.') && !name.includes('$'))
        .filter((name) => !existsSync(join(ROOT, dirname(path), name)))
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('make no cycle', () => {
    const graph = new Map(
      inSrc.map(({ path, text }) => [
        path,
        importsOf(text, { types: false })
          .filter((name) => name.startsWith('.'))
          .map((name) => normalize(join(dirname(path), name)).replaceAll('\\', '/')),
      ]),
    );
    expect(findCycle(graph)).toEqual([]);
  });

  test('the table refuses what it should', () => {
    expect(mayImport('src/venues/binance/venue.ts', 'src/shm/ring-layout.ts')).toBe(false);
    expect(mayImport('src/venues/binance/venue.ts', 'src/venues/okx/venue.ts')).toBe(false);
    expect(mayImport('src/venues/binance/venue.ts', 'src/venues/binance/symbols.ts')).toBe(true);
    expect(mayImport('src/store/sqlite/store.ts', 'src/store/mssql/store.ts')).toBe(false);
    expect(mayImport('src/store/sqlite/store.ts', 'src/store/contract.ts')).toBe(true);
    expect(mayImport('src/store/server/row-list.ts', 'src/store/sqlite/store.ts')).toBe(false);
    expect(mayImport('src/http/app.ts', 'src/engine/engine.ts')).toBe(false);
    expect(mayImport('src/base/log.ts', 'src/model/instrument.ts')).toBe(false);
    expect(mayImport('src/sim/market.ts', 'src/http/app.ts')).toBe(false);
    expect(mayImport('src/new-folder/thing.ts', 'src/base/assert.ts')).toBe(false);
  });
});

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

/** What every venue has; docs/ADDING-A-VENUE.md says what each holds. More is up to the venue. */
const VENUE_CORE = [
  'venue.ts',
  'protocol.ts',
  'subscribe.ts',
  'symbols.ts',
  'catalogue.ts',
  'rest.ts',
  'book-sync.ts',
  'sim.ts',
];

/** What every store has. More is up to the database; what is not its own belongs beside. */
const STORE_CORE = [
  'candle-source.ts',
  'database.ts',
  'klines-view.ts',
  'migration-target.ts',
  'reader.ts',
  'store.ts',
  'table-facts.ts',
  'trade-queries.ts',
  'writer.ts',
];

describe('files', () => {
  const lineCount = (text: string): number => text.split('\n').length - 1;

  test('have at most 500 lines', () => {
    const long = everywhere.filter(({ text }) => lineCount(text) > LINES_MAX);
    expect(long.map(({ path, text }) => `${path}: ${lineCount(text)}`)).toEqual([]);
  });

  test('have a median of at most 120 lines in src', () => {
    const counts = inSrc.map(({ text }) => lineCount(text)).sort((a, b) => a - b);
    expect(counts[counts.length >> 1]).toBeLessThanOrEqual(LINES_MEDIAN_MAX);
  });

  test('have lines of at most 100 characters', () => {
    const long = everywhere.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, i) => ([...line].length > COLUMNS_MAX ? [`${path}:${i + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });

  test('are thin entry points in workers', () => {
    const long = inWorkers.filter(({ text }) => lineCount(text) > WORKER_LINES_MAX);
    expect(long.map(({ path, text }) => `${path}: ${lineCount(text)}`)).toEqual([]);
  });

  test('are named after one thing, in kebab case', () => {
    const banned = /(^|[-/])(utils?|helpers?|common|misc|manager)([-./]|$)/;
    const name = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|worker|d))?\.ts$/;
    const wrong = everywhere
      .map(({ path }) => path)
      .filter((path) => banned.test(path) || !name.test(path.split('/').at(-1) ?? ''));
    expect(wrong).toEqual([]);
  });

  test('start with a doc block in src', () => {
    const bare = inSrc.filter(({ text }) => !text.startsWith('/**'));
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  test('have the same core for each venue, and for each store', () => {
    const foldersOf = (kind: string) => {
      const sets = new Map<string, string[]>();
      for (const { path } of inSrc) {
        const [, folder, file] = new RegExp(`^src/${kind}/([^/]+)/([^/]+)$`).exec(path) ?? [];
        if (folder === undefined || file === undefined || /^(kit|server)$/.test(folder)) continue;
        sets.set(folder, [...(sets.get(folder) ?? []), file]);
      }
      return sets;
    };
    for (const [venue, files] of foldersOf('venues')) {
      const missing = VENUE_CORE.filter((file) => !files.includes(file));
      expect({ venue, missing }).toEqual({ venue, missing: [] });
    }
    for (const [store, files] of foldersOf('store')) {
      const missing = STORE_CORE.filter((file) => !files.includes(file));
      expect({ store, missing }).toEqual({ store, missing: [] });
    }
  });
});

const ANY = /(?<=[:<|&,(]\s*)\bany\b(?=\s*[[\]>,;)=|&]|$)|\bas any\b/;
const NON_NULL = /[\w)\]]!(?=[.;,)\]}\s[]|$)(?!\s*==)/;

describe('code', () => {
  test('knows neither any nor the non-null assertion in src', () => {
    const source = [...inSrc, ...inWorkers];
    expect(hits(source, ANY)).toEqual([]);
    expect(hits(source, NON_NULL)).toEqual([]);
  });

  test('is searched without its comments and strings, and faults are found in it', () => {
    const file = (text: string): Source => ({ path: 'x.ts', text, code: blankText(text) });
    const faults = ['const a: any = 1;', 'f(b as any)', 'let c: Map<string, any>;'];
    for (const fault of faults) expect(hits([file(fault)], ANY)).toHaveLength(1);
    for (const fault of ['a!.b', 'x[0]!;', 'f(y!)', '`${z!}`']) {
      expect(hits([file(fault)], NON_NULL)).toHaveLength(1);
    }
    const fine = [
      '// any a!.b',
      "const t = 'x: any; a!.b';",
      '/a!.b: any;/.test(t)',
      'a !== b',
      '`a!.b`',
    ];
    for (const text of fine) {
      expect([...hits([file(text)], ANY), ...hits([file(text)], NON_NULL)]).toEqual([]);
    }
    expect(importsOf("import { a } from './a.ts';\nexport type { B } from './b.ts';")).toEqual([
      './a.ts',
      './b.ts',
    ]);
  });

  test('reads clocks and sets timers in base/clock.ts only', () => {
    const rest = [...inSrc, ...inWorkers].filter(({ path }) => path !== 'src/base/clock.ts');
    const pattern =
      /\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|Bun\.nanoseconds)\b/;
    expect(hits(rest, pattern)).toEqual([]);
  });

  test('writes to the console nowhere in src but in the log and the command line', () => {
    const rest = inSrc.filter(
      ({ path }) => path !== 'src/base/log.ts' && !path.startsWith('src/cli/'),
    );
    expect(hits([...rest, ...inWorkers], /\bconsole\s*\./)).toEqual([]);
  });

  test('uses no BigInt in shm, venues and book', () => {
    const hot = inSrc.filter(({ path }) => /^src\/(shm|venues|book)\//.test(path));
    expect(hits(hot, /\bBigInt(64Array)?\b|\bBigUint64Array\b|\b\d+n\b|\bbigint\b/)).toEqual([]);
  });

  test('has named exports only', () => {
    expect(hits(everywhere, /^\s*export\s+default\b/)).toEqual([]);
    expect(hits(everywhere, /^\s*export\s*\{[^}]*\bas\s+default\b/)).toEqual([]);
  });

  test('names no path of one machine', () => {
    // In pieces, so that this line does not find itself. `/home/user/` is anybody's.
    const folders = ['home/(?!user/)', 'root/', 'Users/', 'tmp/'].join('|');
    const pattern = new RegExp(`(^|[\\s'"\`(=])/(${folders})`);
    const docs = sources('*.md', 'docs/**/*.md', '*.yaml', '*.json');
    const files = [...everywhere, ...docs].filter(({ path }) => !/package-lock/.test(path));
    const wrong = files.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}`] : [])),
    );
    expect(wrong).toEqual([]);
  });
});
