/** A result as one HTML page that needs nothing else: tables, bars and histograms as inline SVG. */
import { agreementText } from './agreement.ts';
import { type HistogramData, QUANTILE_GRID } from './histogram-data.ts';
import { contenderName, goalText, histogramName, numberText } from './report-text.ts';
import type { BenchResult, CaseResult, ContenderResult } from './result-file.ts';
import { ratioOf } from './run-case.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #66707d; --line: #d5dae1;
  --ours: #1f6feb; --rival: #9aa5b1; --good: #1a7f37; --bad: #cf222e; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b1; --line: #333c48;
  --ours: #58a6ff; --rival: #5c6773; --good: #3fb950; --bad: #f85149; --paper: #12161c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 980px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2.2rem 0 .3rem; }
p, .soft { color: var(--soft); margin: .2rem 0; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; } td.n, th.n { text-align: right; }
.met { color: var(--good); } .not { color: var(--bad); } svg { display: block; margin: .6rem 0; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }`;

export function reportHtml(result: BenchResult): string {
  const { machine } = result;
  const goals = result.cases.flatMap((each) => each.goals);
  const facts = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}`,
    `commit ${machine.commit}`,
    ...Object.entries(result.versions ?? {}).map(([name, version]) => `${name} ${version}`),
    result.date,
    `${result.runs} runs each, load before ${machine.loadBefore}`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tickspine bench</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body>
<h1>Tickspine bench</h1>
<p>${facts.map(escapeHtml).join(' · ')}</p><p><code>${escapeHtml(result.command)}</code></p>
<h2>Goals</h2><table>${goals
    .map((goal) => {
      const mark = goal.verdict === 'met' ? 'met' : 'not';
      return `<tr><td class="${mark}">${escapeHtml(goalText(goal))}</td></tr>`;
    })
    .join('')}</table>
${result.cases.map((each) => caseHtml(each, result.runs)).join('\n')}
</body></html>
`;
}

function caseHtml(result: CaseResult, asked: number): string {
  const ours = result.contenders.find(({ isOurs }) => isOurs);
  const top = Math.max(
    ...result.contenders.map(({ spread }) => spread.max).filter(Number.isFinite),
  );
  const rows = result.contenders.map((each) => contenderRow(each, ours, result, top, asked));
  const mark = result.disagreements.length > 0 ? 'not' : 'soft';
  const agreement = `<p class="${mark}">${escapeHtml(agreementText(result.contenders))}</p>`;
  const failures = result.contenders.flatMap(({ name, failures: all }) =>
    all.map((text) => `<p class="not">${escapeHtml(`${name} failed: ${text}`)}</p>`),
  );
  const histograms = result.contenders.flatMap((contender) =>
    (contender.runs.at(-1)?.histograms ?? []).map((each) =>
      histogramSvg(`${histogramName(contender)}: ${each.name}`, each),
    ),
  );
  return `<h2>${escapeHtml(`${result.suite}: ${result.title}`)}</h2>
<p>${escapeHtml(`${result.unit}, ${result.better} is better`)}${
    result.source === '' ? '' : ` · frames: ${escapeHtml(result.source)}`
  }</p>
<table><tr><th>contender</th><th class="n">median</th><th class="n">min … max</th>
<th class="n">ours is</th><th></th></tr>${rows.join('')}</table>
${agreement}${failures.join('')}${histograms.join('')}`;
}

function contenderRow(
  each: ContenderResult,
  ours: ContenderResult | undefined,
  { better }: CaseResult,
  top: number,
  asked: number,
): string {
  const { median, min, max } = each.spread;
  const name = escapeHtml(contenderName(each, asked));
  if (each.runs.length === 0) return `<tr><td>${name}</td><td class="n not">failed</td></tr>`;
  const isRival = ours !== undefined && ours.runs.length > 0 && !each.isOurs;
  const ratio = isRival ? `${numberText(ratioOf(ours, each, better))} ×` : '';
  return `<tr><td>${name}</td><td class="n">${numberText(median)}</td>
<td class="n">${numberText(min)} … ${numberText(max)}</td><td class="n">${ratio}</td>
<td>${spreadBar(each, top)}</td></tr>`;
}

/** The median as a bar, the runs as ticks on it. */
function spreadBar({ isOurs, spread, runs }: ContenderResult, top: number): string {
  const width = 260;
  const x = (value: number) => ((value / top) * width).toFixed(1);
  const ticks = runs.map(({ value }) => `<path d="M${x(value)} 1v12" stroke="var(--ink)"/>`);
  const fill = isOurs ? 'var(--ours)' : 'var(--rival)';
  return `<svg width="${width + 2}" height="14"><rect y="3" height="8" width="${x(spread.median)}"
fill="${fill}"/>${ticks.join('')}</svg>`;
}

const PLOT = { width: 900, height: 150, left: 10, right: 10, top: 18, bottom: 22, bins: 90 };

/** Share of all values by bins of equal width on a logarithmic axis. */
function histogramSvg(title: string, data: HistogramData): string {
  const low = Math.max(1, data.quantiles[0] ?? 1);
  const high = Math.max(low * 2, data.max);
  const span = Math.log(high / low);
  const edges = Array.from(
    { length: PLOT.bins + 1 },
    (_, i) => low * Math.exp((span * i) / PLOT.bins),
  );
  const shares = edges.slice(1).map((edge, i) => {
    const from = i === 0 ? 0 : shareBelow(data, edges[i] ?? 0);
    return Math.max(0, shareBelow(data, edge) - from);
  });
  const peak = Math.max(...shares, 1e-12);
  const inner = {
    width: PLOT.width - PLOT.left - PLOT.right,
    height: PLOT.height - PLOT.top - PLOT.bottom,
  };
  const base = PLOT.top + inner.height;
  const bars = shares.map((share, i) => {
    // The root keeps the tail visible beside the peak.
    const height = Math.sqrt(share / peak) * inner.height;
    const x = PLOT.left + (inner.width * i) / PLOT.bins;
    const width = inner.width / PLOT.bins - 1;
    return `<rect x="${x.toFixed(1)}" y="${(base - height).toFixed(1)}" width="${width.toFixed(1)}"
height="${height.toFixed(1)}" fill="var(--ours)"/>`;
  });
  const at = (value: number) =>
    PLOT.left + (inner.width * Math.log(Math.max(low, value) / low)) / span;
  const named = [
    ['p50', data.p50],
    ['p99', data.p99],
    ['p99.9', data.p999],
    ['max', data.max],
  ] as const;
  const marks = named.map(([name, value], i) => {
    const x = at(value);
    const textX = Math.min(x + 3, PLOT.width - 110).toFixed(1);
    const line = `<path d="M${x.toFixed(1)} ${PLOT.top}V${base}" stroke="var(--bad)"/>`;
    const label = `${name} ${numberText(value)} ${data.unit}`;
    return `${line}<text x="${textX}" y="${PLOT.top + 10 + i * 12}">${label}</text>`;
  });
  const decades: string[] = [];
  for (let value = 10 ** Math.ceil(Math.log10(low)); value <= high; value *= 10) {
    const x = at(value).toFixed(1);
    decades.push(`<text x="${x}" y="${PLOT.height - 6}">${numberText(value)}</text>`);
  }
  const count = numberText(data.count);
  const head = escapeHtml(`${title}, ${data.unit}, ${count} values (height: root of the share)`);
  return `<svg viewBox="0 0 ${PLOT.width} ${PLOT.height}" width="100%" role="img">
<title>${head}</title><text x="${PLOT.left}" y="12">${head}</text>
${bars.join('')}${marks.join('')}${decades.join('')}
<path d="M${PLOT.left} ${base}h${inner.width}" stroke="var(--line)"/></svg>`;
}

/** Share of values up to `value`, between the grid's quantiles by a straight line. */
export function shareBelow({ quantiles }: HistogramData, value: number): number {
  let i = 0;
  while (i < quantiles.length && (quantiles[i] as number) <= value) i += 1;
  if (i === 0) return 0;
  if (i === quantiles.length) return 1;
  const [low, high] = [quantiles[i - 1] as number, quantiles[i] as number];
  const [from, to] = [QUANTILE_GRID[i - 1] as number, QUANTILE_GRID[i] as number];
  return from + ((to - from) * (value - low)) / (high - low);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
