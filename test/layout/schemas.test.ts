import { describe, expect, test } from 'bun:test';
import { Builder, ByteBuffer } from 'flatbuffers';
import { BookSnapshotHead } from '../../schemas/gen/tickspine/book-snapshot-head.ts';
import { BookUpdate } from '../../schemas/gen/tickspine/book-update.ts';
import { FeedMessage } from '../../schemas/gen/tickspine/feed-message.ts';
import { Level } from '../../schemas/gen/tickspine/level.ts';
import { Quote } from '../../schemas/gen/tickspine/quote.ts';
import { generateSchemas, readGenerated, staleFiles } from '../../scripts/generate-schemas.ts';

describe('schemas', () => {
  test('the committed code is what flatc makes of market.fbs', async () => {
    expect(staleFiles(await generateSchemas(), await readGenerated())).toEqual([]);
  });

  test('a changed, a missing and a left-over file are each reported', () => {
    const expected = new Map([
      ['a.ts', '1'],
      ['b.ts', '2'],
    ]);
    const actual = new Map([
      ['a.ts', 'x'],
      ['c.ts', '3'],
    ]);
    expect(staleFiles(expected, actual)).toEqual([
      'differs: a.ts',
      'missing: b.ts',
      'left over: c.ts',
    ]);
  });

  test('a feed message carries quotes and books and reads back', () => {
    const builder = new Builder(256);
    BookUpdate.startBidsVector(builder, 2);
    // Vectors are built from the back.
    Level.createLevel(builder, 99, 2);
    Level.createLevel(builder, 100, 1);
    const bids = builder.endVector();
    BookUpdate.startBookUpdate(builder);
    BookUpdate.addBids(builder, bids);
    BookUpdate.addRecord(
      builder,
      BookSnapshotHead.createBookSnapshotHead(builder, 5, 16, 0, 1, 2, 3, 2, 0),
    );
    const book = BookUpdate.endBookUpdate(builder);
    const books = FeedMessage.createBooksVector(builder, [book]);
    FeedMessage.startQuotesVector(builder, 1);
    Quote.createQuote(builder, 7, 0, 0, 10, 20, 1.5, 2.5, 3.5, 4.5, 6);
    const quotes = builder.endVector();
    FeedMessage.startFeedMessage(builder);
    FeedMessage.addSequence(builder, 41);
    FeedMessage.addBooks(builder, books);
    FeedMessage.addQuotes(builder, quotes);
    FeedMessage.finishFeedMessageBuffer(builder, FeedMessage.endFeedMessage(builder));

    const buffer = new ByteBuffer(builder.asUint8Array());
    expect(FeedMessage.bufferHasIdentifier(buffer)).toBe(true);
    const message = FeedMessage.getRootAsFeedMessage(buffer);
    expect(message.sequence()).toBe(41);
    expect(message.tradesLength()).toBe(0);
    expect(message.quotes(0)?.common()?.instrument()).toBe(7);
    expect(message.quotes(0)?.askSize()).toBe(4.5);
    const update = message.books(0);
    expect(update?.record()?.common()?.instrument()).toBe(5);
    expect([update?.bids(0)?.price(), update?.bids(1)?.price()]).toEqual([100, 99]);
  });
});
