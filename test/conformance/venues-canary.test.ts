/**
 * The conformance suite must be able to fail: bugs planted into a feed show in its verdicts.
 */
import { describe, expect, test } from 'bun:test';
import type { FeedModule, MessageHandler } from '../../src/venues/contract.ts';
import { feedsUnderTest, type RigResult, VenueRig } from '../support/venue-rig.ts';

/** The feed with something done to what its decoder delivers. */
function planted(feed: FeedModule, plant: (out: MessageHandler) => Partial<MessageHandler>) {
  const createProtocol: FeedModule['createProtocol'] = (options) => {
    const protocol = feed.createProtocol(options);
    const decode = protocol.decode.bind(protocol);
    protocol.decode = (frame, length, out) => {
      const changes = plant(out);
      const handler = new Proxy(out, {
        get(target, name: keyof MessageHandler) {
          const method = changes[name] ?? target[name];
          return typeof method === 'function' ? method.bind(target) : method;
        },
      });
      return decode(frame, length, handler);
    };
    return protocol;
  };
  return { ...feed, createProtocol };
}

async function run(feed: FeedModule, faults?: string): Promise<RigResult> {
  const all = await feedsUnderTest();
  const dialect = all.find((each) => each.feed.id === feed.id)?.dialect;
  if (dialect === undefined) throw new Error(`${feed.id} has no dialect`);
  await using rig = await VenueRig.start({
    feed,
    dialect,
    ...(faults === undefined ? {} : { faults }),
  });
  await rig.flowing();
  // Of many lost frames most leave a book that is crossed and seen through: it takes some time.
  await rig.moreTrades(faults === undefined ? 10 : 60);
  // Awaited here: the rig ends with this block.
  return await rig.judge();
}

const [first] = (await feedsUnderTest()).filter((each) => each.dialect !== undefined);

describe.concurrent('a planted bug is seen', () => {
  if (first === undefined) throw new Error('no feed has a dialect');
  const { feed } = first;

  test('sides the wrong way round', async () => {
    const result = await run(
      planted(feed, (out) => ({
        onTrade: (trade) => out.onTrade({ ...trade, isSell: !trade.isSell }),
      })),
    );
    expect(result.trades.different).toBe(result.trades.compared);
  });

  test('a trade with twice its size', async () => {
    let trades = 0;
    const result = await run(
      planted(feed, (out) => ({
        onTrade: (trade) => {
          trades += 1;
          out.onTrade(trades % 7 === 0 ? { ...trade, size: trade.size * 2 } : trade);
        },
      })),
    );
    expect(result.trades.different).toBeGreaterThan(0);
  });

  test('a book wrong below its top, where no quote contradicts it', async () => {
    const result = await run(
      planted(feed, (out) => ({
        onDepth: (depth) => {
          const isTop = (i: number) => i === 0 || i === depth.bidCount;
          const sizes = depth.sizes.map((size, i) => (isTop(i) ? size : size * 2));
          out.onDepth({ ...depth, sizes });
        },
      })),
    );
    expect(result.books.wrong).toBeGreaterThan(0);
  });

  test('a quote with its sides exchanged', async () => {
    const result = await run(
      planted(feed, (out) => ({
        onQuote: (quote) =>
          out.onQuote({ ...quote, bidSize: quote.askSize, askSize: quote.bidSize }),
      })),
    );
    expect(result.quotes.wrong).toBeGreaterThan(0);
  });

  test('nothing, where nothing is planted', async () => {
    const result = await run(feed);
    expect(result.trades).toMatchObject({ missing: 0, duplicate: 0, different: 0, unknown: 0 });
    expect(result.books.wrong + result.quotes.wrong).toBe(0);
  });
});
