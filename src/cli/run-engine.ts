/**
 * The life of a run, the same for `collect` and `replay`: start, serve, show, wait, stop,
 * summarise. Whatever fails, what was started is stopped and the terminal is given back.
 */

import { errorText } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { redactText, redactUrl } from '../base/redact.ts';
import type { CliIo } from './cli-io.ts';
import type { CliParts } from './cli-parts.ts';
import type { RunPlan } from './config/resolve-config.ts';
import type { HttpHandle, RunHandle } from './run-handle.ts';
import { monitorRun } from './run-monitor.ts';
import { awaitStop } from './stop-request.ts';
import { summarise } from './summary.ts';
import { summaryText } from './terminal/summary-text.ts';

export interface RunOptions {
  readonly plan: RunPlan;
  readonly durationMs: number | undefined;
  readonly isJson: boolean;
  start(): Promise<RunHandle>;
}

/** Resolves with the exit code: 1 when the run failed by itself. */
export async function runEngine(
  options: RunOptions,
  io: CliIo,
  parts: Pick<CliParts, 'startHttp'>,
): Promise<number> {
  const { plan } = options;
  const log = createLog({ level: plan.engine.logLevel });
  const [primary = ''] = plan.engine.storeUrls;
  const store = plan.engine.storeUrls.map(redactUrl).join(', ');
  const run = await options.start();
  // The reason is read below; until then a failure must not count as unhandled.
  run.ended.catch(() => undefined);
  let http: HttpHandle | undefined;
  try {
    http =
      plan.http === undefined ? undefined : await parts.startHttp(plan.http, primary, run.view);
  } catch (error) {
    await run.stop();
    throw error;
  }
  const { command, version } = plan.engine;
  log.info('started', { command, version, store, http: http?.url ?? 'off' });
  const monitor = monitorRun(run.view, io, log, {
    title: `tickspine ${version} ${command}`,
    places: [store, ...(http === undefined ? [] : [http.url])],
    statsIntervalMs: plan.statsIntervalMs,
  });
  const stop = await awaitStop(io, options.durationMs, run.ended, () => monitor.close());
  log.info('stopping', { reason: stop.reason });
  const failure = await stopAll([() => http?.stop(), () => run.stop()]);
  monitor.close();
  const exitReason = failure ?? stop.reason;
  const summary = summarise(run.view, { command, exitReason, store });
  io.stdout(options.isJson ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  if (failure === undefined && !stop.isFailure) return 0;
  io.stderr(`tickspine: ${redactText(exitReason)}\n`);
  return 1;
}

/** Runs every step though one fails; the first failure's text. */
async function stopAll(
  steps: readonly (() => Promise<void> | undefined)[],
): Promise<string | undefined> {
  let failure: string | undefined;
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failure ??= `stop failed: ${errorText(error)}`;
    }
  }
  return failure;
}
