/** Load on an HTTP server: closed loop by wrk or by fetch, open loop by fetch on a schedule. */
import { join } from 'node:path';
import { build } from 'hdr-histogram-js';
import { delay } from '../../src/base/clock.ts';
import { fromHdr, type HistogramData } from '../harness/histogram-data.ts';
import { nowUs } from '../harness/measure.ts';

const CONNECTIONS = 16;

export interface ClosedLoop {
  readonly requestsPerSecond: number;
  readonly requests: number;
  readonly client: string;
}

export async function closedLoop(
  url: string,
  paths: readonly string[],
  seconds: number,
  workDir: string,
): Promise<ClosedLoop> {
  const wrk = Bun.which('wrk');
  if (wrk !== null && seconds >= 1) return runWrk(wrk, url, paths, seconds, workDir);
  let requests = 0;
  const endUs = nowUs() + seconds * 1e6;
  const client = async (from: number) => {
    for (let i = from; nowUs() < endUs; i += CONNECTIONS) {
      await get(url, paths[i % paths.length] ?? '');
      requests += 1;
    }
  };
  const startUs = nowUs();
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => client(i)));
  const elapsedUs = nowUs() - startUs;
  return { requests, requestsPerSecond: (requests / elapsedUs) * 1e6, client: 'fetch' };
}

async function runWrk(
  wrk: string,
  url: string,
  paths: readonly string[],
  seconds: number,
  workDir: string,
): Promise<ClosedLoop> {
  const script = join(workDir, 'paths.lua');
  const list = paths.map((path) => `  ${JSON.stringify(path)},`).join('\n');
  await Bun.write(
    script,
    `paths = {\n${list}\n}\ni = 0\nrequest = function()\n  i = i % #paths + 1\n` +
      '  return wrk.format("GET", paths[i])\nend\n',
  );
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${Math.round(seconds)}s`, '-s', script, url];
  const child = Bun.spawn([wrk, ...args], { stdout: 'pipe', stderr: 'inherit' });
  const output = await new Response(child.stdout).text();
  if (/Non-2xx/.test(output)) throw new Error(`wrk: ${output}`);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]);
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  return { requests, requestsPerSecond: perSecond, client: 'wrk' };
}

/** Request n is due at n / rate, whatever became of those before it: none is omitted. */
export async function openLoop(
  url: string,
  paths: readonly string[],
  rate: number,
  seconds: number,
): Promise<HistogramData> {
  const histogram = build({ highestTrackableValue: 6e7, numberOfSignificantValueDigits: 3 });
  const count = Math.max(1, Math.round(rate * seconds));
  const startUs = nowUs();
  const all: Promise<void>[] = [];
  for (let i = 0; i < count; i += 1) {
    const dueUs = startUs + (i * 1e6) / rate;
    if (dueUs > nowUs()) await delay((dueUs - nowUs()) / 1000);
    const path = paths[i % paths.length] ?? '';
    all.push(
      get(url, path).then(() => histogram.recordValue(Math.max(1, Math.round(nowUs() - dueUs)))),
    );
  }
  await Promise.all(all);
  return fromHdr(`intended → answered at ${rate} requests/s`, 'µs', histogram);
}

export async function get(url: string, path: string): Promise<string> {
  const response = await fetch(url + path);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`);
  return body;
}
