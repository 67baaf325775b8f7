/**
 * A process to be killed: writes batch after batch of 50 trades with rising ids, each with the
 * coverage they prove, and prints the last id of each batch once its `write` has resolved.
 * Arguments: store URL.
 */
import { Channel, StatusKind } from '../../src/model/record-layout.ts';
import { createStoreWriter } from '../../src/store/open-store.ts';
import { BatchBuilder, NEW_YEAR_US, SECOND_US, testInstrument } from './batch-builder.ts';

export const CRASH_BATCH_COUNT = 50;

if (import.meta.main) {
  const writer = await createStoreWriter(process.argv[2] ?? '', {
    timeframes: [],
    bookDeltas: false,
  });
  await writer.open();
  await writer.registerInstruments([testInstrument(0, 'BTC/USDT')]);
  for (let id = 1; ; ) {
    const builder = new BatchBuilder();
    for (let i = 0; i < CRASH_BATCH_COUNT; i += 1, id += 1) {
      builder.trade({ id, tsUs: NEW_YEAR_US + id * SECOND_US });
    }
    const toUs = NEW_YEAR_US + (id - 1) * SECOND_US;
    const kind = StatusKind.coverage;
    const fromUs = NEW_YEAR_US;
    builder.status({ kind, channel: Channel.trades, fromId: 1, toId: id - 1, fromUs, toUs });
    await writer.write(builder.build());
    process.stdout.write(`${id - 1}\n`);
  }
}
