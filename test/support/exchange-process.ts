/** The embedded exchange as a process that can be killed; prints its port. Options come as JSON. */
import { startExchange } from '../../src/sim/exchange.ts';

const exchange = await startExchange(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${exchange.port}\n`);
process.on('SIGTERM', async () => {
  await exchange.stop();
  process.exit(0);
});
