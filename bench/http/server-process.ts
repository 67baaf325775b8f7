/** Process that serves candles: ours, or the least a reader would write. Prints its URL. */
import { systemClock } from '../../src/base/clock.ts';
import { builtParts } from '../../src/cli/cli-parts.ts';
import { MemoryView } from '../../src/engine/memory-view.ts';
import { createSharedMemory } from '../../src/engine/shared-memory.ts';
import { parseTimeText } from '../../src/http/time-text.ts';
import { openForReading } from '../../src/store/sqlite/database.ts';
import { engineConfig } from '../pipeline/engine-config.ts';
import type { CandleStore } from './candle-store.ts';

const { kind, store } = JSON.parse(process.argv[2] ?? '') as {
  readonly kind: 'ours' | 'bare';
  readonly store: CandleStore;
};

const COLUMNS = `'binance' AS venue, i.symbol, 'spot' AS market_type, c.timeframe,
  strftime('%Y-%m-%d %H:%M:%S', c.open_us / 1000000, 'unixepoch') || '.000000' AS ts,
  c.open_us AS ts_us, open, high, low, close, volume, quote_volume, trade_count, buy_volume,
  quote_volume / volume AS vwap, 'complete' AS state, revision`;

async function serveOurs(): Promise<string> {
  const { instruments, path } = store;
  const urls = { ws: 'ws://127.0.0.1', rest: 'http://127.0.0.1' };
  const feed = { feed: 'binance.spot', venue: 'binance', urls, channels: ['trades'] as const };
  const config = engineConfig({ feeds: [feed], instruments, storeUrl: `sqlite:${path}` });
  const shared = createSharedMemory(config);
  const view = new MemoryView({
    config,
    sessionId: 'bench',
    startedUs: systemClock.wallUs(),
    nowUs: () => systemClock.wallUs(),
    shared: () => shared,
    feedStatus: () => ({ state: 'live', problem: '' }),
    workers: () => [],
  });
  // Wired as the command line does it.
  const plan = { hostname: '127.0.0.1', port: 0, token: undefined };
  const server = await builtParts('bench').startHttp(plan, `sqlite:${path}`, view);
  return server.url;
}

/** No checks, no pages, no errors, stored timeframes only. */
function serveBare(): string {
  const select = openForReading(store.path).query(
    `SELECT ${COLUMNS} FROM candle c JOIN instruments i ON i.id = c.instrument
     WHERE i.symbol = ? AND c.timeframe = ? AND c.open_us >= ? ORDER BY c.open_us LIMIT ?`,
  );
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { searchParams } = new URL(request.url);
      const get = (name: string) => searchParams.get(name) ?? '';
      const start = parseTimeText(get('start'));
      const startUs = start.ok ? start.us : 0;
      const data = select.all(get('symbol'), get('timeframe'), startUs, Number(get('limit')));
      return Response.json({ data, next: null });
    },
  });
  return `http://127.0.0.1:${server.port}`;
}

process.stdout.write(`${kind === 'ours' ? await serveOurs() : serveBare()}\n`);
