/** A result as Markdown tables, so that a document quotes a file and nobody types a figure. */
import { contenderName, goalName, numberText } from './report-text.ts';
import { type BenchResult, type CaseResult, partialText } from './result-file.ts';
import { ratioOf } from './run-case.ts';

export function reportMarkdown(result: BenchResult): string {
  const { cpu, cores, bun, commit, loadBefore } = result.machine;
  const { date, runs, command } = result;
  const facts = `${cpu}, ${cores} cores, Bun ${bun}, commit ${commit}, ${date.slice(0, 10)}`;
  const about = `${facts}; ${runs} runs each, load before ${loadBefore}; \`${command}\``;
  const lines = [about, '', ...goalTable(result), '', ...caseTable(result)];
  const partial = partialText(result);
  return (partial === '' ? lines : [`**${partial}**`, '', ...lines]).join('\n');
}

function goalTable({ cases }: BenchResult): string[] {
  const rows = cases.flatMap(({ goals }) =>
    goals.map(({ goal, measured, verdict }) => {
      const sign = goal.kind === 'at-most' ? '≤' : '≥';
      const unit = goal.kind === 'ratio' ? ' ×' : '';
      const values = [numberText(measured), `${sign} ${numberText(goal.limit)}`];
      const cells = values.map((value) => `${value}${unit}`).join(' | ');
      return `| ${goalName(goal)} | ${cells} | ${verdict} |`;
    }),
  );
  return ['| goal | measured | wanted | |', '|---|---:|---:|---|', ...rows];
}

function caseTable({ cases, runs }: BenchResult): string[] {
  return [
    '| case | contender | median | min … max | ours is |',
    '|---|---|---:|---:|---:|',
    ...cases.flatMap((each) => caseRows(each, runs)),
  ];
}

function caseRows(result: CaseResult, runs: number): string[] {
  const ours = result.contenders.find(({ isOurs }) => isOurs);
  return result.contenders.map((each, i) => {
    const { median, min, max } = each.spread;
    const isRival = ours !== undefined && !each.isOurs;
    const ratio = isRival ? `${numberText(ratioOf(ours, each, result.better))} ×` : '';
    const title = i === 0 ? `${result.suite} ${result.id}, ${result.unit}` : '';
    const range = `${numberText(min)} … ${numberText(max)}`;
    const cells = [title, contenderName(each, runs), numberText(median), range, ratio];
    return `| ${cells.join(' | ')} |`;
  });
}
