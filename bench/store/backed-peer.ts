/** `backed-peer-process.ts` as a bench holds it. */
import { join } from 'node:path';
import { linesOf } from './lines.ts';

const FILE = join(import.meta.dirname, 'backed-peer-process.ts');

export interface BackedPeer {
  readonly url: string;
  /** The first row of a query. */
  ask(sql: string): Promise<Record<string, unknown> | null>;
  /** Rejects when the peer saw the protocol broken. */
  end(): Promise<void>;
}

export async function startBackedPeer(): Promise<BackedPeer> {
  const child = Bun.spawn([process.execPath, FILE], { stdin: 'pipe', stdout: 'pipe' });
  const lines = linesOf(child.stdout);
  const port = (await lines.next()).value;
  return {
    url: `mssql://bench:bench@127.0.0.1:${port}/bench?encrypt=false`,
    async ask(sql) {
      child.stdin.write(`${sql.replaceAll('\n', ' ')}\n`);
      child.stdin.flush();
      return JSON.parse(String((await lines.next()).value)) as Record<string, unknown> | null;
    },
    async end() {
      child.stdin.end();
      if ((await child.exited) !== 0) throw new Error('the peer saw the protocol broken');
    },
  };
}
