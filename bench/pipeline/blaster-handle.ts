/** The blaster as the pipeline suite holds it: a process of its own. */
import type { FeedUrls } from '../../src/venues/contract.ts';
import type { BlastOptions, FromBlaster, SentCounts, ToBlaster } from './blast-options.ts';

const FILE = new URL('./blaster.ts', import.meta.url).pathname;

export interface BlasterHandle {
  readonly urls: FeedUrls;
  readonly subscribed: Promise<void>;
  start(): void;
  confirm(frames: number): void;
  stop(): Promise<{ readonly sent: SentCounts; readonly lateUs: number }>;
  end(): void;
}

export async function startBlaster(options: BlastOptions): Promise<BlasterHandle> {
  const ready = Promise.withResolvers<Extract<FromBlaster, { type: 'ready' }>>();
  const subscribed = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<Extract<FromBlaster, { type: 'stopped' }>>();
  const child = Bun.spawn([process.execPath, FILE, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc(message: FromBlaster) {
      if (message.type === 'ready') ready.resolve(message);
      else if (message.type === 'subscribed') subscribed.resolve();
      else stopped.resolve(message);
    },
    onExit: (_child, code) => ready.reject(new Error(`the blaster ended with ${code}`)),
  });
  const say = (message: ToBlaster) => child.send(message);
  const { wsPort, restPort } = await ready.promise;
  return {
    urls: { ws: `ws://127.0.0.1:${wsPort}`, rest: `http://127.0.0.1:${restPort}` },
    subscribed: subscribed.promise,
    start: () => say({ type: 'start' }),
    confirm: (frames) => say({ type: 'confirmed', frames }),
    stop() {
      say({ type: 'stop' });
      return stopped.promise;
    },
    end: () => child.kill(),
  };
}
