/** What a figure depends on besides the code: machine, versions, load. */
import { cpus, loadavg, totalmem } from 'node:os';

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly bun: string;
  /** Short hash, with `+` when the work tree differs from it; '' outside a checkout. */
  readonly commit: string;
  /** Load of the last minute when the bench began: above 0, others used the machine as well. */
  readonly loadBefore: number;
}

export function machineFacts(): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: navigator.hardwareConcurrency,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    bun: Bun.version,
    commit: commitName(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function commitName(): string {
  const git = (...args: string[]) => {
    const { success, stdout } = Bun.spawnSync(['git', ...args], { cwd: import.meta.dirname });
    return success ? stdout.toString().trim() : '';
  };
  const hash = git('rev-parse', '--short', 'HEAD');
  const isChanged = git('status', '--porcelain', '--', '../../src', '../../workers', '..') !== '';
  return hash === '' ? '' : `${hash}${isChanged ? '+' : ''}`;
}

/** `amd-epyc` of `AMD EPYC 9R14`: for file names. */
export function cpuSlug(cpu: string): string {
  return cpu
    .toLowerCase()
    .replace(/\(r\)|\(tm\)|cpu|processor|@.*$/g, ' ')
    .trim()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
}
