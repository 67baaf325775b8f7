/**
 * Connects to the URL it is given and prints what came of it: the first message, or the end. With a
 * second argument, that is thrown when the message comes.
 */
import { connectSocket } from '../../src/net/web-socket/connect.ts';

const told: string[] = [];
const end = (text: string) => {
  told.push(text);
  process.stdout.write(`${told.join(', ')}\n`, () => process.exit(0));
};
connectSocket(process.argv[2] ?? '', {
  onOpen: () => told.push('open'),
  onReceived: () => {},
  onTaken: () => {},
  onMessage: (isText, bytes, from, to) => {
    if (process.argv[3] !== undefined) throw new Error(process.argv[3]);
    end(`${isText ? 'text' : 'binary'} ${bytes.toString('latin1', from, to)}`);
  },
  onClose: (code, reason) => end(`close ${code} ${reason}`),
});
