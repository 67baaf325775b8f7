/** The bench's own arithmetic: a wrong median or verdict would be believed. */
import { describe, expect, test } from 'bun:test';
import { build } from 'hdr-histogram-js';
import { benchInstruments } from '../../../bench/candles/aggregator-run.ts';
import { differenceOf } from '../../../bench/decode/decoder.ts';
import { agreementText, findDisagreements } from '../../../bench/harness/agreement.ts';
import { NumberChecksum } from '../../../bench/harness/checksum.ts';
import { compareResults, compareText } from '../../../bench/harness/compare.ts';
import { copyShared, fromHdr, fromShared } from '../../../bench/harness/histogram-data.ts';
import { reportHtml, shareBelow } from '../../../bench/harness/report-html.ts';
import { reportMarkdown } from '../../../bench/harness/report-markdown.ts';
import { caseText, goalText, summaryText } from '../../../bench/harness/report-text.ts';
import type {
  BenchResult,
  CaseResult,
  ContenderResult,
} from '../../../bench/harness/result-file.ts';
import { judge, ratioOf } from '../../../bench/harness/run-case.ts';
import { median, slope, spread } from '../../../bench/harness/statistics.ts';
import type { Goal, RunOutcome } from '../../../bench/harness/suite.ts';
import { checkStored, sumOf } from '../../../bench/store/row-sum.ts';
import { makeBatches } from '../../../bench/store/store-batches.ts';
import type { Instrument } from '../../../src/model/instrument.ts';
import { LatencyHistogram } from '../../../src/shm/latency-histogram.ts';

function contender(
  name: string,
  values: readonly number[],
  over: { checksum?: string; isOurs?: boolean; metrics?: Record<string, number> } = {},
): ContenderResult {
  const { checksum = '1', isOurs = false, metrics = {} } = over;
  const runs = values.map((value) => ({
    value,
    work: 1,
    elapsedUs: 1,
    checksums: { sum: checksum },
    metrics,
  }));
  return { name, isOurs, spread: spread(values), metrics, runs, failures: [] };
}

function result(contenders: readonly ContenderResult[], goals: readonly Goal[] = []): BenchResult {
  const machine = {
    cpu: 'Some <CPU>',
    cores: 2,
    memoryBytes: 1,
    platform: 'linux x64',
    bun: '1',
    commit: 'abc',
    loadBefore: 0,
  };
  const about = {
    suite: 's',
    id: 'c',
    title: 'Case',
    unit: 'x/s',
    better: 'higher',
    source: '',
  } as const;
  const disagreements = findDisagreements(contenders);
  const judged = goals.map((goal) => judge(goal, 'higher', contenders, disagreements));
  const cases = [{ ...about, contenders, disagreements, goals: judged }];
  return {
    format: 1,
    date: '2026-01-01',
    command: 'bench',
    scale: 'full',
    runs: 3,
    machine,
    cases,
  };
}

describe('statistics', () => {
  test('take the middle of odd and of even counts', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(spread([1, 2, 3, 4, 100])).toEqual({ median: 3, min: 1, max: 100, mad: 1 });
  });

  test('find the slope of a line through noise', () => {
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toBe(2);
    expect(
      slope([
        [0, 5],
        [1, 5],
      ]),
    ).toBe(0);
  });
});

describe('goals', () => {
  const ours = contender('ours', [100, 120, 110], { isOurs: true, metrics: { lost: 1 } });
  const rival = contender('rival', [50, 55, 60]);

  test('compare medians, and turn the ratio over where less is better', () => {
    expect(ratioOf(ours, rival, 'higher')).toBe(2);
    expect(ratioOf(ours, rival, 'lower')).toBe(0.5);
  });

  test('are met, not met or not measured', () => {
    const verdict = (goal: Goal) => judge(goal, 'higher', [ours, rival]).verdict;
    expect(verdict({ kind: 'ratio', text: '', rival: 'rival', limit: 2 })).toBe('met');
    expect(verdict({ kind: 'ratio', text: '', rival: 'rival', limit: 2.1 })).toBe('not met');
    expect(verdict({ kind: 'ratio', text: '', rival: 'nobody', limit: 1 })).toBe('not measured');
    expect(verdict({ kind: 'at-least', text: '', limit: 111 })).toBe('not met');
    expect(verdict({ kind: 'at-most', text: '', metric: 'lost', limit: 0 })).toBe('not met');
    expect(verdict({ kind: 'at-most', text: '', metric: 'absent', limit: 0 })).toBe('not measured');
  });

  test('of what may never happen are judged by the worst run', () => {
    const lost = [0, 0, 5000, 0, 0];
    const one = contender('ours', lost, { isOurs: true });
    const runs = one.runs.map((run) => ({ ...run, metrics: { lost: run.value } }));
    const goal = { kind: 'at-most', text: 'lost', metric: 'lost', limit: 0 } as const;
    expect(judge(goal, 'higher', [{ ...one, runs }]).verdict).toBe('met');
    const worst = judge({ ...goal, worst: true }, 'higher', [{ ...one, runs }]);
    expect(goalText(worst)).toBe('NOT MET lost, worst run: 5,000, goal ≤ 0');
    const absent = { ...goal, metric: 'absent', worst: true } as const;
    expect(judge(absent, 'higher', [{ ...one, runs }]).verdict).toBe('not measured');
  });

  test('a contender of ours that failed once reaches none', () => {
    const failed = { ...ours, failures: ['rows are missing'] };
    expect(judge({ kind: 'at-least', text: '', limit: 1 }, 'higher', [failed]).verdict).toBe(
      'not measured',
    );
  });

  test('a rival that failed is not beaten', () => {
    const failed = contender('rival', []);
    const goal = { kind: 'ratio', text: '', rival: 'rival', limit: 1 } as const;
    expect(judge(goal, 'higher', [ours, failed]).verdict).toBe('not measured');
  });
});

describe('checksums', () => {
  test('do not depend on the order but on every pair', () => {
    const sum = (pairs: readonly (readonly [number, number])[]) => {
      const checksum = new NumberChecksum();
      for (const [a, b] of pairs) checksum.add(a, b);
      return String(checksum);
    };
    expect(
      sum([
        [1.5, 2],
        [3, 4],
      ]),
    ).toBe(
      sum([
        [3, 4],
        [1.5, 2],
      ]),
    );
    expect(
      sum([
        [1.5, 2],
        [3, 4],
      ]),
    ).not.toBe(
      sum([
        [1.5, 4],
        [3, 2],
      ]),
    );
    expect(sum([[1.5, 2]])).not.toBe(sum([[2, 1.5]]));
    expect(sum([[0.1, 1]])).not.toBe(sum([[0.1 + 2 ** -56, 1]]));
  });

  test('that differ between contenders or runs are found', () => {
    const same = [contender('a', [1, 2]), contender('b', [3])];
    expect(findDisagreements(same)).toEqual([]);
    const other = [contender('a', [1]), contender('b', [1], { checksum: '2' })];
    expect(findDisagreements(other)).toEqual(['sum: a 1, b 2']);
    expect(judge({ kind: 'at-least', text: '', limit: 0 }, 'higher', other, ['x']).verdict).toBe(
      'not measured',
    );
  });

  test('are called equal only where two contenders have one', () => {
    const of = (name: string, run: Partial<RunOutcome>) => {
      const one = contender(name, [1]);
      return { ...one, runs: one.runs.map((each) => ({ ...each, checksums: {}, ...run })) };
    };
    const alone = [of('a', { checksums: { x: '1' } }), of('b', { checksums: { y: '1' } })];
    expect(agreementText(alone)).toBe('not compared: a, b');
    expect(agreementText([of('a', { checksums: { x: '1' } }), contender('b', [])])).toBe(
      'not compared: no other has a result than a',
    );
    const equal = [...alone, of('c', { checksums: { x: '1' } })];
    expect(agreementText(equal)).toBe('checksums equal: x 1 · not compared: b');
    const notCompared = 'contracts';
    const near = [of('a', { counts: { n: 1000 }, notCompared }), of('b', { counts: { n: 981 } })];
    expect(agreementText(near)).toBe('counts within 2 % or 10: n 981 … 1,000 · why: contracts');
    const far = [of('a', { counts: { n: 1000 } }), of('b', { counts: { n: 979 } })];
    expect(agreementText(far)).toBe('CHECKSUMS DIFFER: n: a 1000, b 979');
  });

  test('are of counts alone where a rival differs by design', () => {
    const of = (id: string, channel: 'trades' | 'quotes' | 'book', marketType: 'spot' | 'perp') => {
      const [one] = benchInstruments(1);
      const instruments = [{ ...(one as Instrument), marketType }];
      return differenceOf({ feed: { id }, channel, instruments }) !== undefined;
    };
    expect(of('binance.spot', 'trades', 'spot')).toBe(false);
    expect(of('binance.usdm', 'book', 'perp')).toBe(false);
    expect(of('binance.coinm', 'book', 'perp')).toBe(true);
    expect(of('okx', 'trades', 'spot')).toBe(false);
    expect(of('okx', 'trades', 'perp')).toBe(true);
    expect(of('binance.spot', 'quotes', 'spot')).toBe(true);
  });

  test('of a store are of what was sent: a row or a value less ends the run', () => {
    for (const kind of ['trade', 'quote', 'book_snapshot', 'candle'] as const) {
      const batches = makeBatches(kind, 3);
      const stored = sumOf(kind, batches);
      expect(Object.values(checkStored(kind, batches, stored))).toEqual(['1, 1']);
      expect(() => checkStored(kind, batches, { ...stored, rows: 2 })).toThrow('2 rows of');
      expect(() => checkStored(kind, batches, { ...stored, sum: stored.sum / 2 })).toThrow();
    }
  });
});

describe('histograms', () => {
  test('give the same quantiles from both kinds', () => {
    const hdr = build();
    const buffer = new SharedArrayBuffer(LatencyHistogram.byteLength);
    const shared = new LatencyHistogram(buffer);
    for (let us = 1; us <= 1000; us += 1) {
      hdr.recordValue(us);
      shared.record(us);
    }
    const a = fromHdr('a', 'µs', hdr);
    const b = fromShared('b', buffer, undefined);
    expect(a.count).toBe(1000);
    expect(b.count).toBe(1000);
    for (const key of ['p50', 'p99', 'max'] as const) {
      expect(Math.abs(a[key] / b[key] - 1)).toBeLessThan(0.02);
    }
    expect(shareBelow(a, 500)).toBeCloseTo(0.5, 2);
    expect(shareBelow(a, 0)).toBe(0);
    expect(shareBelow(a, 5000)).toBe(1);
  });

  test('count only what came after the mark', () => {
    const buffer = new SharedArrayBuffer(LatencyHistogram.byteLength);
    const shared = new LatencyHistogram(buffer);
    shared.record(1_000_000);
    const before = copyShared(buffer);
    for (let i = 0; i < 10; i += 1) shared.record(7);
    expect(fromShared('x', buffer, before)).toMatchObject({ count: 10, p50: 7, max: 7 });
  });
});

describe('compare', () => {
  const before = result([contender('ours', [100, 101, 102]), contender('rival', [10, 10, 10])]);

  test('says nothing of a change within the spread of the runs', () => {
    const after = result([contender('ours', [102, 103, 99]), contender('rival', [10, 10, 10])]);
    expect(compareResults(before, after).map(({ verdict }) => verdict)).toEqual(['noise', 'noise']);
  });

  test('tells better from worse beyond it', () => {
    const after = result([contender('ours', [150, 151, 152]), contender('rival', [8, 8, 8])]);
    const changes = compareResults(before, after);
    expect(changes.map(({ verdict }) => verdict)).toEqual(['better', 'worse']);
    expect(compareText(before, after)).toContain('better s c, ours: 101 → 151 x/s (+49.5 %)');
  });

  test('finds runs that overlap, and fewer than three, to say nothing', () => {
    const verdicts = (old: readonly number[], now: readonly number[]) =>
      compareResults(result([contender('ours', old)]), result([contender('ours', now)])).map(
        ({ verdict }) => verdict,
      );
    expect(verdicts([100, 100, 100, 100, 121], [120, 120, 120, 120, 120])).toEqual(['noise']);
    expect(verdicts([100, 100, 100], [120, 120])).toEqual(['too few runs']);
    const single = [result([contender('ours', [1])]), result([contender('ours', [9])])] as const;
    expect(compareText(...single)).toContain('0 of 0 figures changed beyond noise');
  });

  test('gives a difference where a share says nothing', () => {
    const text = (old: number, now: number) =>
      compareText(
        result([contender('ours', [old, old, old])]),
        result([contender('ours', [now, now, now])]),
      );
    expect(text(-0.1, 0.05)).toContain('-0.1 → 0.05 x/s (+0.15)');
    expect(text(0, 5)).toContain('0 → 5 x/s (+5)');
    expect(text(-2, -1)).toContain('(+50.0 %)');
  });

  test('tells of metrics of goals, of verdicts, and of what one side has alone', () => {
    const goal = { kind: 'at-most', text: 'lost', metric: 'lost', limit: 0, worst: true } as const;
    const of = (lost: number) =>
      contender('ours', [1, 1, 1], { isOurs: true, metrics: { lost, other: lost } });
    const gone = { kind: 'ratio', text: 'twice', rival: 'rival', limit: 2 } as const;
    const a = result([of(0), contender('rival', [1, 1, 1])], [goal, gone]);
    const b = result([of(7), contender('new', [1, 1, 1])], [goal]);
    const [first] = b.cases;
    const more = { ...b, cases: [...b.cases, { ...(first as CaseResult), id: 'd' }] };
    const lines = compareText(a, { ...more, scale: 'quick', complete: false }).split('\n');
    expect(lines.slice(2)).toEqual([
      'B is PARTIAL: cut short after 2 cases',
      'full against quick: inputs and times differ, so may the figures',
      'worse  s c, ours, lost: 0 → 7 (+7)',
      'goal   lost, worst run: met → not met (0 → 7)',
      'only in A: s c, rival',
      "only in A: s c, goal 'twice'",
      'only in B: s c, new',
      'only in B: s d',
      '1 of 2 figures changed beyond noise',
    ]);
  });

  test('of different CPUs are the ratios alone', () => {
    const of = (cpu: string, ours: number): BenchResult => {
      const one = result([
        contender('ours', [ours, ours, ours], { isOurs: true }),
        contender('rival', [10, 10, 10]),
      ]);
      return { ...one, machine: { ...one.machine, cpu } };
    };
    const text = compareText(of('a', 20), of('b', 40));
    expect(text).toContain('different CPUs: only ratios are compared');
    expect(text).toContain('better s c, ours against rival: 2 → 4 × (+100.0 %)');
    expect(text).not.toContain('x/s');
  });
});

describe('reports', () => {
  const goal = { kind: 'ratio', text: 'twice as fast', rival: 'rival', limit: 2 } as const;
  const contenders = [
    contender('ours', [4, 5, 6], { isOurs: true }),
    contender('rival', [2, 2, 2]),
  ];

  test('show medians, spread, ratio, checksum and the goal', () => {
    const { cases } = result(contenders, [goal]);
    const text = cases.map((each) => caseText(each, 3)).join('\n');
    expect(text).toContain('4 … 6');
    expect(text).toContain('ours is 2.5 ×');
    expect(text).toContain('checksums equal: sum 1');
    expect(text).toContain('MET     twice as fast: 2.5 ×, goal ≥ 2 ×');
    expect(summaryText(result(contenders, [goal]))).toContain('1 of 1 goals met');
  });

  test('say which run a histogram is of, how many runs a row has, and what failed', () => {
    const [ours, rival] = contenders as [ContenderResult, ContenderResult];
    const hdr = build();
    hdr.recordValue(5);
    const histograms = [fromHdr('wait', 'µs', hdr)];
    const one = { ...ours, runs: ours.runs.map((run) => ({ ...run, histograms })) };
    const page = result([one, { ...rival, runs: rival.runs.slice(1), failures: ['<lost>'] }]);
    const text = page.cases.map((each) => caseText(each, 3)).join('');
    for (const shown of [text, reportHtml(page)]) {
      expect(shown).toContain('ours, last of 3 runs: wait');
      expect(shown).toContain('rival (2 runs)');
      expect(shown).not.toContain('ours (3 runs)');
    }
    expect(reportMarkdown(page)).toContain('| rival (2 runs) |');
    expect(reportHtml(page)).toContain('rival failed: &lt;lost&gt;');
  });

  test('shout when checksums differ', () => {
    const [ours] = contenders;
    const differing = [ours as ContenderResult, contender('rival', [2], { checksum: '9' })];
    expect(
      result(differing)
        .cases.map((each) => caseText(each, 3))
        .join(''),
    ).toContain('CHECKSUMS DIFFER');
  });

  test('are Markdown tables whose rows have as many cells as their head', () => {
    const lines = reportMarkdown(result(contenders, [goal])).split('\n');
    const rows = lines.filter((line) => line.startsWith('|'));
    expect(rows).toContain('| twice as fast | 2.5 × | ≥ 2 × | met |');
    expect(rows).toContain('|  | rival | 2 | 2 … 2 | 2.5 × |');
    expect(new Set(rows.map((row) => row.split('|').length))).toEqual(new Set([6, 7]));
  });

  test('are one page that loads nothing and escapes what it shows', () => {
    const html = reportHtml(result(contenders, [goal]));
    expect(html).toContain('Some &lt;CPU&gt;');
    expect(html).not.toMatch(/(src|href)=/);
  });
});
