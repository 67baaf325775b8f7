import type { Clock } from '../base/clock.ts';
import type { EngineError } from '../base/errors.ts';
import type { RecordBatch } from '../store/contract.ts';
import type { EngineConfig } from './engine-config.ts';
import type { WriterHost } from './writer-agent.ts';

export class SpoolQueue {
  static async open(_config: EngineConfig, _clock: Clock, _host: WriterHost): Promise<SpoolQueue> {
    return new SpoolQueue();
  }
  readonly isEmpty = true;
  readonly isFull = false;
  readonly length = 0;
  readonly count = 0;
  append(_batch: RecordBatch): void {}
  holdOff(_problem: EngineError): void {}
  async drain(
    _write: (batch: RecordBatch) => Promise<EngineError | undefined>,
    _deadlineUs: number,
  ): Promise<void> {}
  async close(): Promise<void> {}
}
