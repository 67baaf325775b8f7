/** The config's timeframes, which were checked when it was read. */
import { parseTimeframe, type Timeframe } from '../model/timeframe.ts';
import type { EngineConfig } from './engine-config.ts';

export function timeframesOf(config: EngineConfig): Timeframe[] {
  return config.timeframes.map(parseTimeframe).filter((frame) => frame !== undefined);
}
