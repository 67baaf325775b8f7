/**
 * `decode`: a frame's text to a record in the ring, for each feed and channel. Every contender gets
 * the same texts; every one's result is looked at and summed up.
 */
import { ccxtDecoder, ccxtKnows } from '../decode/ccxt-decoder.ts';
import { type DecodeInput, type MakeDecoder, timeDecoder } from '../decode/decoder.ts';
import { jsonDecoder } from '../decode/json-decoder.ts';
import { ringDecoder } from '../decode/ring-decoder.ts';
import { tardisDecoder, tardisKnows } from '../decode/tardis-decoder.ts';
import { type FrameChannel, loadFrames, preparedChannels } from '../frames/frame-set.ts';
import { prepareFrames } from '../frames/prepare-frames.ts';
import { wideDepthFrames } from '../frames/wide-depth.ts';
import type { BenchCase, Contender, Goal, RunContext, Suite } from '../harness/suite.ts';
import { scaled } from '../harness/suite.ts';

const FRAMES = { tiny: 300, quick: 20_000, full: 50_000 };
const WIDE_FRAMES = { tiny: 50, quick: 2000, full: 5000 };
/** Feeds whose texts the plain `JSON.parse` contender understands. */
const JSON_FEED = 'binance.spot';
const OURS = 'tickspine';
const TARDIS = 'tardis-dev mapper';
const TARDIS_BOOK = 'tardis-dev mapper + OrderBook';
const CCXT = 'ccxt pro handler';
const JSON_PARSE = 'JSON.parse + Number';

function contender(name: string, make: MakeDecoder, load: Loader): Contender {
  return {
    name,
    isOurs: name === OURS,
    run: async (context) => timeDecoder(await load(context), make, context),
  };
}

type Loader = (context: RunContext) => Promise<DecodeInput>;

function channelCase(feed: string, channel: FrameChannel): BenchCase {
  const load: Loader = async ({ scale, workDir }) => {
    const set = await loadFrames(workDir, feed, channel);
    return { ...set, frames: set.frames.slice(0, scaled(scale, FRAMES)) };
  };
  const contenders = [contender(OURS, ringDecoder, load)];
  const goals: Goal[] = [];
  if (tardisKnows(feed, channel)) {
    contenders.push(contender(TARDIS, tardisDecoder(false), load));
    goals.push(...tardisGoals(feed, channel));
  }
  if (channel === 'trades') {
    if (ccxtKnows(feed)) contenders.push(contender(CCXT, ccxtDecoder, load));
    if (feed === JSON_FEED) {
      contenders.push(contender(JSON_PARSE, jsonDecoder, load));
      goals.push(
        { kind: 'ratio', text: 'Binance trade → ring against ccxt', rival: CCXT, limit: 20 },
        {
          kind: 'ratio',
          text: 'Binance trade → ring against JSON.parse',
          rival: JSON_PARSE,
          limit: 2,
        },
      );
    }
  }
  const title = `${feed} ${channel}: text → record in the ring`;
  return { id: `${feed} ${channel}`, title, unit: 'frames/s', better: 'higher', contenders, goals };
}

function tardisGoals(feed: string, channel: FrameChannel): Goal[] {
  if (channel === 'quotes') return [];
  const limit = feed === JSON_FEED && channel === 'trades' ? 3 : 2;
  return [
    { kind: 'ratio', text: `${feed} ${channel} → ring against tardis-dev`, rival: TARDIS, limit },
  ];
}

/** The depth goal's own frames: 20 + 20 levels each. */
function wideCase(feed: string): BenchCase {
  const load: Loader = async ({ scale, workDir }) => {
    const set = await loadFrames(workDir, feed, 'book');
    const symbol = set.instruments[0]?.venueSymbol ?? '';
    const frames = wideDepthFrames(set.frames, symbol, scaled(scale, WIDE_FRAMES));
    return { ...set, frames, source: `${set.source}, cut to 20 + 20 levels` };
  };
  const contenders = [
    contender(OURS, ringDecoder, load),
    contender(TARDIS, tardisDecoder(false), load),
    contender(TARDIS_BOOK, tardisDecoder(true), load),
    contender(CCXT, ccxtDecoder, load),
    contender(JSON_PARSE, jsonDecoder, load),
  ];
  const text = '40-level depth → book + ring against';
  const goals: Goal[] = [
    { kind: 'ratio', text: `${text} tardis-dev's mapper (no book)`, rival: TARDIS, limit: 4 },
    { kind: 'ratio', text: `${text} JSON.parse (no book)`, rival: JSON_PARSE, limit: 3 },
  ];
  const title = 'Binance depth of 20 + 20 levels: text → book + records in the ring';
  return {
    id: 'binance.spot depth40',
    title,
    unit: 'frames/s',
    better: 'higher',
    contenders,
    goals,
  };
}

export const suite: Suite = {
  name: 'decode',
  title: 'frame text to record in the ring',
  tinyShared: true,
  prepare: prepareFrames,
  async cases({ workDir }) {
    const channels = await preparedChannels(workDir);
    const cases = channels.map(([feed, channel]) => channelCase(feed, channel));
    const hasDepth = channels.some(([feed, channel]) => feed === JSON_FEED && channel === 'book');
    return hasDepth ? [...cases, wideCase(JSON_FEED)] : cases;
  },
};
