/** What the route files are given. */
import type { Clock } from '../base/clock.ts';
import type { EngineView } from '../engine/engine-view.ts';
import type { InstrumentDirectory } from './instrument-directory.ts';
import type { StoreGate } from './store-gate.ts';

export interface RouteDeps {
  readonly view: EngineView;
  readonly gate: StoreGate;
  readonly directory: InstrumentDirectory;
  readonly clock: Clock;
}

/** Problems of every route that reads rows. */
export const ROW_PROBLEMS = {
  404: 'No such instrument; the message names close matches.',
  503: 'The store cannot be read now, or too many requests are being read.',
} as const;
