/**
 * Appends batches to the spool in argv[2] until it is killed; says each id once it is taken. After
 * argv[3] of them it waits.
 */
import { writeSync } from 'node:fs';
import { Spool } from '../../src/store/spool.ts';
import { coins, tradeBatch } from './spool-batch.ts';

const spool = Spool.open({
  dir: process.argv[2]!,
  lengthMax: 1 << 30,
  segmentLength: 64 * 1024,
  sync: 'never',
  instruments: coins('BTC'),
  timeframes: ['1m'],
  report: () => {},
});
const count = Number(process.argv[3] ?? 1_000_000);
for (let id = 1; id <= count; id += 1) {
  // 200 trades a batch, so that the kill falls into a write now and then.
  if (!spool.append(tradeBatch(...new Array<number>(200).fill(id)))) break;
  writeSync(1, `${id}\n`);
}
if (process.argv[3] !== undefined) setInterval(() => spool.count, 1_000);
