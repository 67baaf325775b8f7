/** A SQL Server store whose server is the TDS peer with SQLite behind it, for tests of the wire. */
import { parseTimeframe } from '../../../src/model/timeframe.ts';
import type { StoreReader, StoreWriter } from '../../../src/store/contract.ts';
import { store } from '../../../src/store/mssql/store.ts';
import { testInstrument } from '../batch-builder.ts';
import { type PeerOptions, TdsPeer } from './peer.ts';
import { SqliteBacking } from './sqlite-backing.ts';

export interface BackedStore {
  readonly peer: TdsPeer;
  readonly writer: StoreWriter;
  readonly reader: (parameters?: string) => Promise<StoreReader>;
}

export const BTC = testInstrument(0, 'BTC/USDT');

/** Runs `body` on an open store; then all is closed and the peer must have had no complaint. */
export async function withBackedStore(
  body: (store: BackedStore) => Promise<void>,
  parameters = 'encrypt=false',
  options: PeerOptions = {},
): Promise<void> {
  const backing = new SqliteBacking();
  const peer = await TdsPeer.start({ openSession: () => backing.openSession(), ...options });
  const closers: (() => Promise<void>)[] = [];
  try {
    const writer = makeWriter(peer.url(parameters));
    closers.push(() => writer.close());
    await writer.open();
    await writer.registerInstruments([BTC]);
    const reader = async (of = parameters) => {
      const opened = await store.openReader(peer.url(of));
      closers.push(() => opened.close());
      return opened;
    };
    await body({ peer, writer, reader });
    if (peer.violations.length > 0) throw new Error(peer.violations.join('; '));
  } finally {
    for (const close of closers.reverse()) await close();
    await peer.close();
    backing.remove();
  }
}

export function makeWriter(url: string): StoreWriter {
  const timeframes = ['1m', '1h'].flatMap((name) => parseTimeframe(name) ?? []);
  return store.createWriter(url, { timeframes, bookDeltas: true });
}
