/**
 * What a person sees while a run goes on: the live panel on a terminal, a stats line per interval
 * otherwise. Owns the log's lines while the panel is up.
 */
import { every } from '../base/clock.ts';
import { type Log, redirectLog } from '../base/log.ts';
import type { EngineView } from '../engine/engine-view.ts';
import type { CliIo } from './cli-io.ts';
import { panelLines } from './terminal/panel.ts';
import { PanelScreen } from './terminal/panel-screen.ts';
import { statsValues } from './terminal/stats-line.ts';
import { type StatsSample, takeSample } from './terminal/stats-sample.ts';

const REDRAW_MS = 250;
/** Rates on the panel are over this many redraws: steady enough to read. */
const RATE_WINDOW = 4;

export interface RunMonitor {
  /** Gives the terminal back. May be called more than once. */
  close(): void;
}

export interface MonitorOptions {
  readonly title: string;
  readonly places: readonly string[];
  readonly statsIntervalMs: number;
}

export function monitorRun(
  view: EngineView,
  io: CliIo,
  log: Log,
  options: MonitorOptions,
): RunMonitor {
  return io.isTerminal ? showPanel(view, io, options) : logStats(view, log, options);
}

function logStats(view: EngineView, log: Log, { statsIntervalMs }: MonitorOptions): RunMonitor {
  let earlier = takeSample(view);
  const timer = every(statsIntervalMs, () => {
    const now = takeSample(view);
    log.info('recording', statsValues(earlier, now));
    earlier = now;
  });
  return { close: () => timer.stop() };
}

function showPanel(view: EngineView, io: CliIo, options: MonitorOptions): RunMonitor {
  const screen = new PanelScreen(io.stderr);
  const samples: StatsSample[] = [];
  const restoreLog = redirectLog((line) => screen.print(line));
  const draw = (): void => {
    const now = takeSample(view);
    const { title, places } = options;
    const { hasColour } = io;
    screen.draw(panelLines(samples[0], now, { title, places, hasColour, ...io.size() }));
    samples.push(now);
    if (samples.length > RATE_WINDOW) samples.shift();
  };
  const stopResize = io.onResize(() => {
    screen.resized();
    draw();
  });
  const timer = every(REDRAW_MS, draw);
  draw();
  return {
    close() {
      timer.stop();
      stopResize();
      restoreLog();
      screen.close();
    },
  };
}
