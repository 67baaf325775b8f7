/**
 * The TDS peer with SQLite behind it, in a process of its own: says its port, and for each line, a
 * query, the first row of it. Ends with an error when the wire's protocol was broken.
 */
import { TdsPeer } from '../../test/support/tds-peer/peer.ts';
import { SqliteBacking } from '../../test/support/tds-peer/sqlite-backing.ts';

const backing = new SqliteBacking();
const peer = await TdsPeer.start({ keeps: false, openSession: () => backing.openSession() });
process.stdout.write(`${peer.port}\n`);
for await (const sql of console) {
  const session = backing.openSession();
  const [result] = session.run(sql, new Map());
  session.close();
  process.stdout.write(`${JSON.stringify(result?.rows?.[0] ?? null)}\n`);
}
await peer.close();
backing.remove();
if (peer.violations.length > 0) process.stderr.write(`${peer.violations.join('; ')}\n`);
process.exit(peer.violations.length > 0 ? 1 : 0);
