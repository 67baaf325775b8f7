/** A stream and who takes it: each event is encoded once and pushed to every subscriber. */
import type { SimFrames, SimStream } from '../venues/sim-contract.ts';
import type { Connection } from './connection.ts';

export class StreamHub<S extends SimStream = SimStream> {
  readonly stream: S;
  readonly connections: Connection[] = [];

  constructor(stream: S) {
    this.stream = stream;
  }

  publish(frames: SimFrames, nowUs: number): void {
    if (frames === undefined) return;
    const { key } = this.stream;
    for (const connection of this.connections) connection.pushAll(frames, key, nowUs);
  }
}

export type StreamOf<K extends SimStream['kind']> = Extract<SimStream, { kind: K }>;
