/** The seed market as record batches, the way the writer worker hands them to a store. */
import { RecordBytes } from '../../src/base/record-bytes.ts';
import { writeStatus, writeTrade } from '../../src/model/record-codec.ts';
import { Channel, Flag, RecordType, StatusKind } from '../../src/model/record-layout.ts';
import type { RecordBatch } from '../../src/store/contract.ts';
import { gapsOf, type MarketSeed } from './market-seed.ts';

const HEADER_LENGTH = 8;
const RECORD_ROOM = 256;

/** All trades, proof of their coverage, then the gaps of `gapsOf`. */
export function seedBatch(seed: MarketSeed): RecordBatch {
  const gaps = gapsOf(seed);
  const recordCount = seed.trades.length + seed.instruments.length + 2 * gaps.length;
  const bytes = RecordBytes.allocate(recordCount * RECORD_ROOM);
  let length = 0;
  let count = 0;
  const append = (type: RecordType, bodyLength: number) => {
    bytes.i32[length >> 2] = bodyLength;
    bytes.i32[(length >> 2) + 1] = type;
    length += HEADER_LENGTH + ((bodyLength + 7) & ~7);
    count += 1;
  };
  for (const trade of seed.trades) {
    const { instrument, tsUs, recvUs, price, size, tradeId } = trade;
    const flags = trade.isSell ? Flag.sell : 0;
    const at = length + HEADER_LENGTH;
    append(
      RecordType.trade,
      writeTrade(bytes, at, instrument.index, flags, tsUs, recvUs, price, size, size, tradeId),
    );
  }
  for (const { index } of seed.instruments) appendCoverage(seed, index);
  for (const gap of gaps) {
    const instrument = seed.instruments.findIndex(
      (i) => i.venue === gap.venue && i.symbol === gap.symbol && i.marketType === gap.market_type,
    );
    const status = {
      instrument,
      channel: Channel.trades,
      recvUs: gap.detected_us,
      fromId: gap.from_id ?? Number.NaN,
      toId: gap.to_id ?? Number.NaN,
      fromUs: gap.from_us,
      toUs: gap.to_us ?? Number.NaN,
      missing: 5,
      cause: gap.cause,
    };
    appendStatus({ ...status, kind: StatusKind.gap });
    if (gap.repaired === 1) {
      const repaired = { recvUs: gap.repaired_us ?? 0, missing: 0, how: gap.how ?? '' };
      appendStatus({ ...status, ...repaired, kind: StatusKind.repaired });
    }
  }
  return { bytes, length, count };

  function appendCoverage(market: MarketSeed, index: number): void {
    const own = market.trades.filter((t) => t.instrument.index === index);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) return;
    appendStatus({
      instrument: index,
      kind: StatusKind.coverage,
      channel: Channel.trades,
      recvUs: last.recvUs,
      fromId: first.tradeId,
      toId: last.tradeId,
      fromUs: first.tsUs,
      toUs: last.tsUs,
    });
  }

  function appendStatus(status: Parameters<typeof writeStatus>[2]): void {
    append(RecordType.status, writeStatus(bytes, length + HEADER_LENGTH, status));
  }
}
