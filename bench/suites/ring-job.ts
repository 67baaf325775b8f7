/** What the two threads of the `ring` suite are told and report. */
import type { HistogramData } from '../harness/histogram-data.ts';

export interface RingJob {
  readonly role: 'producer' | 'consumer';
  readonly mode: 'ring' | 'objects' | 'bytes';
  /** Records a publish or a message. */
  readonly batch: number;
  readonly count: number;
  /** Records a second by a fixed schedule; 0: as fast as it goes. */
  readonly rate: number;
  readonly ring: SharedArrayBuffer;
  /** Int32 [0]: messages read, for the window; [1]: the producer may start. */
  readonly control: SharedArrayBuffer;
}

export interface RingReport {
  readonly elapsedUs: number;
  readonly sum: number;
  readonly meanBatch: number;
  /** Of paced runs, ns from the intended time of sending. */
  readonly histogram: HistogramData | undefined;
}
