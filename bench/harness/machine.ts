/** What a figure depends on besides the code: machine, versions, load. */
import { Database } from 'bun:sqlite';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { postgresVersion } from '../../test/support/postgres-server.ts';

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

const PACKAGES = ['tardis-dev', 'ccxt', 'mssql', 'pg'];

/** Of what figures depend on; PostgreSQL's where cases ran on it. */
export function versionFacts(withPostgres: boolean): Record<string, string> {
  const versions: Record<string, string> = { bun: Bun.version, kernel: release() };
  for (const name of PACKAGES) {
    const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
    versions[name] = (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  const db = new Database(':memory:');
  const sql = 'SELECT sqlite_version() AS version';
  versions.sqlite = db.query<{ version: string }, []>(sql).get()?.version ?? '';
  db.close();
  if (withPostgres) versions.postgres = postgresVersion();
  return versions;
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
