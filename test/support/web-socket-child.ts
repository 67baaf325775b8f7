/** Connects to the URL it is given and prints what came of it: the first message, or the end. */
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
  onMessage: (isText, bytes, from, to) =>
    end(`${isText ? 'text' : 'binary'} ${bytes.toString('latin1', from, to)}`),
  onClose: (code, reason) => end(`close ${code} ${reason}`),
});
