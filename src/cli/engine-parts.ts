/**
 * Engine, replay and embedded exchange as the commands take them. Loaded only when one is started.
 */
import { systemClock } from '../base/clock.ts';
import { createLog } from '../base/log.ts';
import { surveyCaptures } from '../engine/capture-survey.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineConfig } from '../engine/engine-config.ts';
import { startReplay } from '../engine/replay.ts';
import { CHANNEL_NAMES, type ChannelName } from '../model/record-layout.ts';
import { startExchangeThread } from '../sim/exchange-thread.ts';
import type { FeedModule, FeedUrls } from '../venues/contract.ts';
import type { ReplayOptions, RunHandle, SimulatorHandle, SimulatorOptions } from './run-handle.ts';

/** Starts recording. Rejects when the store cannot be opened; nothing is left running then. */
export async function startRecording(config: EngineConfig): Promise<RunHandle> {
  const log = createLog({ level: config.logLevel });
  const engine = new Engine(config, {
    clock: systemClock,
    log: (level, message) => log[level](message),
  });
  await engine.start();
  // A recording ends by itself never: workers that die are started again.
  return { view: engine.view, ended: new Promise(() => {}), stop: () => engine.stop() };
}

/** Starts a replay of what the captures hold; the config's own feeds and symbols do not matter. */
export async function startPlaying(options: ReplayOptions): Promise<RunHandle> {
  const log = createLog({ level: options.config.logLevel });
  const survey = await surveyCaptures(options.files);
  for (const { module, unknownNames } of survey.feeds) {
    if (unknownNames.length === 0) continue;
    const names = unknownNames.slice(0, 5).join(', ');
    log.warn(`${module.id}: ${unknownNames.length} names are no instruments of it: ${names}`);
  }
  const modules = survey.feeds.map(({ module }) => module);
  const config: EngineConfig = {
    ...options.config,
    instruments: survey.instruments,
    feeds: modules.map((module) => ({
      feed: module.id,
      venue: module.venue,
      urls: module.urls,
      channels: channelsOf(module),
      staleAfterUs: {},
    })),
  };
  const run = await startReplay({
    config,
    files: options.files,
    modules,
    firstUs: survey.firstUs,
    speed: Number.isFinite(options.speed) ? options.speed : 0,
    clock: systemClock,
  });
  const ended = run.ended.then(({ events, reports }) => {
    for (const { path, malformed, malformedLines, torn } of reports) {
      if (torn !== '') log.warn(`${path}: ${torn}`);
      if (malformed > 0) log.warn(`${path}: ${malformed} malformed lines: ${malformedLines}`);
    }
    return `end of the capture: ${events} events`;
  });
  const stop = async () => {
    run.stop();
    await run.ended;
  };
  return { view: run.view, ended, stop };
}

function channelsOf(module: FeedModule): ChannelName[] {
  return CHANNEL_NAMES.filter((channel) => module.channels[channel] !== undefined);
}

export async function startSimulation(options: SimulatorOptions): Promise<SimulatorHandle> {
  const { port, rate, seed, faults, truthFile, instruments } = options;
  const exchange = await startExchangeThread({
    port,
    rate,
    seed,
    faults,
    ...(truthFile === undefined ? {} : { truthFile }),
    ...(instruments === undefined ? {} : { instruments }),
  });
  const urls: Record<string, FeedUrls> = {};
  for (const feed of exchange.feeds) urls[feed] = exchange.urls(feed);
  const facts = async () => {
    const { faults: injected, ...counts } = await exchange.stats();
    return { ...counts, ...injected };
  };
  return { urls, facts, stop: () => exchange.stop() };
}
