/** CPU time of this process by thread, from /proc; empty where there is none. */
import { readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';
/** USER_HZ: 100 on every Linux that Bun runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds by thread id. */
export function threadSeconds(): Map<string, { readonly name: string; readonly seconds: number }> {
  const found = new Map<string, { name: string; seconds: number }>();
  try {
    for (const id of readdirSync(TASKS)) {
      const text = readFileSync(`${TASKS}/${id}/stat`, 'utf8');
      const end = text.lastIndexOf(')');
      const fields = text.slice(end + 2).split(' ');
      const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
      found.set(id, { name: text.slice(text.indexOf('(') + 1, end), seconds });
    }
  } catch {
    // No /proc, or a thread ended while it was read: there is nothing to report then.
  }
  return found;
}

/** The busiest threads since `before`, as shares of one core over `elapsedUs`. */
export function busiestThreads(
  before: ReturnType<typeof threadSeconds>,
  elapsedUs: number,
): string {
  const shares = [...threadSeconds()].map(([id, { name, seconds }]) => ({
    name,
    share: ((seconds - (before.get(id)?.seconds ?? 0)) / elapsedUs) * 1e6,
  }));
  return shares
    .filter(({ share }) => share >= 0.01)
    .sort((a, b) => b.share - a.share)
    .slice(0, 8)
    .map(({ name, share }) => `${name} ${Math.round(share * 100)} %`)
    .join(', ');
}
