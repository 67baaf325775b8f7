/**
 * The index page: asks health, stats and live every second and shows what they say. Text only ever
 * goes in through textContent, as venue names come from outside.
 */
const REFRESH_MS = 1_000;

/** @param {string} path */
async function ask(path) {
  const response = await fetch(path, { cache: 'no-store' });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** @param {string} id @param {{ text: string, kind?: string }[][]} rows */
function fill(id, rows) {
  const body = document.getElementById(id);
  body?.replaceChildren(
    ...rows.map((cells) => {
      const line = document.createElement('tr');
      for (const { text, kind } of cells) {
        const cell = line.insertCell();
        cell.textContent = text;
        cell.className = kind ?? '';
      }
      return line;
    }),
  );
}

function number(value) {
  return { text: value === null ? '–' : String(value), kind: 'number' };
}

function loss(value) {
  return { text: String(value), kind: value > 0 ? 'number bad' : 'number' };
}

function age(nowUs, thenUs) {
  const text = thenUs === null ? '–' : `${((nowUs - thenUs) / 1e6).toFixed(1)} s`;
  return { text, kind: 'number' };
}

function showStatus(text, isBad) {
  const status = document.getElementById('status');
  if (status === null) return;
  status.textContent = text;
  status.className = isBad ? 'bad' : '';
}

function showFeeds(stats) {
  fill(
    'feeds',
    stats.feeds.map(({ feed, state, problem, counters }) => [
      { text: feed },
      { text: state, kind: state === 'live' ? '' : 'bad' },
      { text: problem },
      number(counters.frames),
      number(counters.trades),
      loss(counters.trade_gaps_open),
      loss(counters.frames_dropped),
    ]),
  );
}

function showLive(stats, live) {
  fill(
    'live',
    live.data.map((row) => [
      { text: row.venue },
      { text: row.symbol },
      { text: row.market_type },
      number(row.last_price),
      number(row.bid_price),
      number(row.ask_price),
      number(row.trade_count),
      age(stats.now_us, row.last_trade_us),
    ]),
  );
}

async function refresh() {
  try {
    const [health, stats, live] = await Promise.all(
      ['/api/v1/health', '/api/v1/stats', '/api/v1/live'].map(ask),
    );
    const parts = [
      health.status,
      `store ${health.store.state}`,
      `up ${Math.floor(health.uptime_seconds)} s`,
    ];
    showStatus([...parts, `version ${health.version}`].join(' · '), health.status !== 'ok');
    showFeeds(stats);
    showLive(stats, live);
  } catch (error) {
    // Old numbers stay on the page, and it says that they are old.
    showStatus(`no answer (${error.message}); what is below is old`, true);
  }
  setTimeout(refresh, REFRESH_MS);
}

refresh();
