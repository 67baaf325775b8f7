/**
 * Streams of instruments, the arguments they stand for, and the frames that (un)subscribe them.
 * https://www.okx.com/docs-v5/en/#overview-websocket-subscribe
 *
 * A stream is one instrument's channel; its argument is what the venue calls that. Most are one to
 * one. Liquidations are subscribed by instrument type and index prices by index, so there several
 * streams share an argument, and an answer to it is one for each of them.
 */
import type { Instrument } from '../../model/instrument.ts';
import type { ChannelName } from '../../model/record-layout.ts';
import type { Stream, SubscribeFrame } from '../contract.ts';
import { INST_TYPE_OF, INSTRUMENTS_PER_CONNECTION } from './feeds.ts';
import { underlyingOf } from './markets.ts';

/** Not documented for a frame; a careful client's limit, and some 60 arguments fit. */
export const FRAME_LENGTH_MAX = 4096;

export interface Argument {
  readonly channel: string;
  readonly instId?: string;
  readonly instType?: string;
}

/** Of a stream's channel at the venue: by its endpoint, `public` or `business`. */
type Endpoint = 'public' | 'business';

interface Planned {
  readonly stream: Stream;
  readonly argument: Argument;
}

const FRAME_OVERHEAD = JSON.stringify({ id: '9'.repeat(16), op: 'unsubscribe', args: [] }).length;

export class Subscriptions {
  readonly streams: readonly Stream[];
  readonly #arguments = new Map<string, Argument>();
  /** Names of the streams of an argument. */
  readonly #names = new Map<string, string[]>();

  constructor(instruments: readonly Instrument[], channels: readonly ChannelName[]) {
    const planned = instruments.flatMap((instrument, position) =>
      channels.flatMap((channel) => plan(instrument, channel, position)),
    );
    this.streams = planned.map(({ stream }) => stream);
    for (const { stream, argument } of planned) {
      const key = argumentKey(argument);
      this.#arguments.set(stream.name, argument);
      const names = this.#names.get(key) ?? [];
      names.push(stream.name);
      this.#names.set(key, names);
    }
  }

  /** Streams that stand behind an argument, by name. */
  namesOf(argument: Argument): readonly string[] {
    return this.#names.get(argumentKey(argument)) ?? [];
  }

  /** Frames for `streams`, as few as their length allows: the venue counts them by the hour. */
  frames(
    op: 'subscribe' | 'unsubscribe',
    streams: readonly Stream[],
    nextId: () => number,
  ): readonly SubscribeFrame[] {
    const frames: SubscribeFrame[] = [];
    let batch = new Map<string, Argument>();
    let batchStreams: Stream[] = [];
    let length = FRAME_OVERHEAD;
    const flush = () => {
      if (batchStreams.length === 0) return;
      const requestId = nextId();
      const text = JSON.stringify({ id: String(requestId), op, args: [...batch.values()] });
      frames.push({ requestId, text, streams: batchStreams });
      batch = new Map();
      batchStreams = [];
      length = FRAME_OVERHEAD;
    };
    for (const stream of streams) {
      const argument = this.#arguments.get(stream.name);
      if (argument === undefined) continue;
      const key = argumentKey(argument);
      if (!batch.has(key)) {
        const more = JSON.stringify(argument).length + 1;
        if (length + more > FRAME_LENGTH_MAX) flush();
        batch.set(key, argument);
        length += more;
      }
      batchStreams.push(stream);
    }
    flush();
    return frames;
  }
}

function argumentKey({ channel, instId, instType }: Argument): string {
  return `${channel} ${instId ?? ''} ${instType ?? ''}`;
}

function plan(instrument: Instrument, channel: ChannelName, position: number): Planned[] {
  const { venueSymbol: instId, marketType } = instrument;
  const group = Math.floor(position / INSTRUMENTS_PER_CONNECTION);
  const make = (argument: Argument, endpoint: Endpoint = 'public', shared = false): Planned => ({
    argument,
    stream: {
      name: `${argument.channel}:${instId}`,
      instrument: instrument.index,
      channel,
      route: shared ? `${endpoint} shared` : `${endpoint} ${group}`,
    },
  });
  if (channel === 'trades') {
    // The full tape, one row a fill, is on the other endpoint.
    return instrument.tape === 'trade'
      ? [make({ channel: 'trades-all', instId }, 'business')]
      : [make({ channel: 'trades', instId })];
  }
  if (channel === 'quotes') return [make({ channel: 'bbo-tbt', instId })];
  if (channel === 'book') return [make({ channel: 'books', instId })];
  const instType = INST_TYPE_OF[marketType];
  if (instType === undefined || instType === 'SPOT') return [];
  // On one connection, or each would bring the liquidations of all.
  if (channel === 'liquidations') {
    return [make({ channel: 'liquidation-orders', instType }, 'public', true)];
  }
  const ticks = [
    make({ channel: 'mark-price', instId }),
    make({ channel: 'index-tickers', instId: underlyingOf(instrument) }),
    make({ channel: 'open-interest', instId }),
  ];
  return marketType === 'perp' ? [...ticks, make({ channel: 'funding-rate', instId })] : ticks;
}
