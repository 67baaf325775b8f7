/** The process and the parts around a command, for tests: everything written is kept. */
import { EngineError } from '../../src/base/errors.ts';
import type { CliIo } from '../../src/cli/cli-io.ts';
import type { CliParts } from '../../src/cli/cli-parts.ts';
import type { RunHandle, SimulatorOptions } from '../../src/cli/run-handle.ts';
import type { EngineConfig } from '../../src/engine/engine-config.ts';
import type { StoreReader } from '../../src/store/contract.ts';
import { plainEngineView, plainFeed } from './plain-engine-view.ts';
import { plainVenues } from './plain-feed-module.ts';

export interface PlainIo extends CliIo {
  readonly out: string[];
  readonly err: string[];
  readonly exits: number[];
  /** Delivers a stop signal to the command. */
  signal(name: string): void;
}

export function plainIo(over: Partial<CliIo> = {}): PlainIo {
  const out: string[] = [];
  const err: string[] = [];
  const exits: number[] = [];
  const signals = new Set<(signal: string) => void>();
  return {
    out,
    err,
    exits,
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    isTerminal: false,
    hasColour: false,
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => {},
    environment: {},
    directory: import.meta.dirname,
    onStopSignal(task) {
      signals.add(task);
      return () => void signals.delete(task);
    },
    exitNow: (code) => void exits.push(code),
    signal(name) {
      for (const task of signals) task(name);
    },
    ...over,
  };
}

export interface PlainParts extends CliParts {
  /** What was started and stopped, in order. */
  readonly steps: string[];
  readonly configs: EngineConfig[];
  readonly simulations: SimulatorOptions[];
  /** Ends the run by itself. */
  end(reason: string): void;
  fail(error: Error): void;
}

export function plainParts(over: Partial<CliParts> & { reader?: StoreReader } = {}): PlainParts {
  const steps: string[] = [];
  const configs: EngineConfig[] = [];
  const simulations: SimulatorOptions[] = [];
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<string>();
  const start = async (config: EngineConfig): Promise<RunHandle> => {
    steps.push('engine up');
    configs.push(config);
    const view = plainEngineView({
      instruments: [...config.instruments],
      feeds: config.instruments.slice(0, 1).map((instrument) => plainFeed(instrument)),
      live: [],
      timeframes: [...config.timeframes],
      spoolBatches: 0,
      storeUrl: config.storeUrls[0] ?? '',
    });
    return { view, ended, stop: async () => void steps.push('engine down') };
  };
  return {
    steps,
    configs,
    simulations,
    end,
    fail,
    version: '0.1.0',
    discoverVenues: async () => plainVenues(),
    storeSchemes: async () => ['sqlite'],
    checkStoreUrls: async () => {},
    openReader: async (url) => {
      if (over.reader !== undefined) return over.reader;
      throw new EngineError(`no store at ${url}`, { code: 'store-missing', retry: 'fatal' });
    },
    openMigrations: async (url) => {
      throw new EngineError(`no store at ${url}`, { code: 'store-missing', retry: 'fatal' });
    },
    backup: async (url, path) => void steps.push(`backup ${url} ${path}`),
    startEngine: start,
    startReplay: ({ config }) => start(config),
    simulatedCatalogue: async () => () => ['BTC/USDT', 'ETH/USDT'],
    startSimulator: async (options) => {
      steps.push('simulator up');
      simulations.push(options);
      return {
        urls: {
          'binance.spot': { ws: 'ws://127.0.0.1:1', rest: 'http://127.0.0.1:1' },
          'binance.usdm': { ws: 'ws://127.0.0.1:2', rest: 'http://127.0.0.1:2' },
        },
        facts: async () => ({ frames: 12 }),
        stop: async () => void steps.push('simulator down'),
      };
    },
    startHttp: async (plan) => {
      steps.push(`http up ${plan.port}`);
      return { url: 'http://127.0.0.1:1', stop: async () => void steps.push('http down') };
    },
    ...over,
  };
}
