/**
 * Wrong usage and wrong config in the real process: one line on stderr, exit code 2, and nothing
 * else happened, on disk or on the network.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { type CliResult, runCommand } from '../support/cli-process.ts';
import { WorkFolder } from '../support/work-folder.ts';

setDefaultTimeout(120_000);

interface Wrong {
  readonly title: string;
  /** Content of tickspine.yaml; every case is valid but for the one thing. */
  readonly config?: string;
  readonly args: readonly string[];
  /** What the line says. */
  readonly says: string;
}

const SIMULATE = ['collect', '--simulate'];
const CASES: readonly Wrong[] = [
  { title: 'an unknown option', args: ['collect', '--frob'], says: "unknown option '--frob'" },
  {
    title: 'an unknown key, with what may have been meant',
    config: 'candle:\n  timeframes: [1m]\n',
    args: ['collect'],
    says: 'candles',
  },
  {
    title: 'an unknown key deep in a section',
    config: 'writer:\n  flush_msec: 10\n',
    args: SIMULATE,
    says: 'flush_ms',
  },
  {
    title: 'a timeframe that is none',
    config: 'candles:\n  timeframes: [1m, 5x]\n',
    args: ['collect'],
    says: '5x',
  },
  {
    title: 'an unknown venue',
    config: 'feeds:\n  binanse.spot:\n    symbols: [BTC/USDT]\n',
    args: ['collect'],
    says: 'binance.spot',
  },
  {
    title: 'an unknown feed of a known venue',
    config: 'feeds:\n  binance.options:\n    symbols: [BTC/USDT]\n',
    args: ['collect'],
    says: 'binance has no feed',
  },
  {
    title: 'an unknown channel',
    config: 'feeds:\n  binance.spot:\n    symbols: [BTC/USDT]\n    channels: [liquidations]\n',
    args: ['collect'],
    says: "'liquidations'",
  },
  {
    title: 'an unknown symbol',
    config: 'feeds:\n  binance.spot:\n    symbols: [BTC/USDD]\n',
    args: ['collect'],
    says: 'BTC/USDT',
  },
  {
    title: 'an unknown symbol at the embedded exchange',
    config: 'feeds:\n  binance.spot:\n    symbols: [BTC/USDD]\n',
    args: SIMULATE,
    says: 'BTC/USDT',
  },
  {
    title: 'an unlisted symbol that only the embedded exchange refuses',
    config: 'allow_unlisted: true\nfeeds:\n  binance.spot:\n    symbols: [QQQ/USDT]\n',
    args: SIMULATE,
    says: 'the embedded exchange does not trade',
  },
  {
    title: 'an unknown fault',
    args: [...SIMULATE, '--faults', 'drop=0.1,explode=1', '--truth', 'truth.ndjson'],
    says: 'explode',
  },
  {
    title: 'a fault without its value',
    args: [...SIMULATE, '--faults', 'drop', '--truth', 'truth.ndjson'],
    says: 'drop',
  },
  {
    title: 'options of the exchange without it',
    args: ['collect', '--rate', '5', '--truth', 'truth.ndjson'],
    says: '--simulate',
  },
  {
    title: 'a rate that is none',
    args: [...SIMULATE, '--rate', '-5', '--truth', 'truth.ndjson'],
    says: '-5',
  },
  { title: 'a store nobody knows', args: [...SIMULATE, '--store', 'oracle:x'], says: 'sqlite:' },
  {
    title: 'a store URL without a path',
    args: [...SIMULATE, '--store', 'sqlite:'],
    says: 'no file',
  },
  {
    title: 'a store URL whose parameter nobody knows',
    args: ['collect', '--store', 'postgres://u:hunter2@127.0.0.1/market?ssl=1'],
    says: "unknown parameter 'ssl'",
  },
  {
    title: 'one store twice',
    args: ['collect', '--store', 'sqlite:a.db', '--store', 'sqlite:./a.db'],
    says: 'is named twice',
  },
  { title: 'a store URL without scheme', args: [...SIMULATE, '--store', 'x.db'], says: 'sqlite:' },
  {
    title: 'a variable that is not set',
    config: 'http:\n  token: ${TICKSPINE_TEST_UNSET}\n',
    args: ['collect'],
    says: 'TICKSPINE_TEST_UNSET',
  },
  {
    title: 'a capture folder that cannot be',
    args: [...SIMULATE, '--capture', 'tickspine.yaml/captures', '--truth', 'truth.ndjson'],
    says: 'tickspine.yaml/captures cannot be written',
  },
  { title: 'a capture that is not there', args: ['replay', 'no.cap'], says: 'no.cap' },
];

let listener: Bun.TCPSocketListener;
let connections = 0;

beforeAll(() => {
  // Every venue URL and the HTTP address lead here: connecting is counted, binding would fail.
  listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        connections += 1;
        socket.end();
      },
      data() {},
    },
  });
});

afterAll(() => listener.stop(true));

/** The case's config with every feed it names, or the default ones, led to the listener. */
function configOf({ config = '' }: Wrong): string {
  const address = `127.0.0.1:${listener.port}`;
  const urls = `    urls: { ws: 'ws://${address}', rest: 'http://${address}' }\n`;
  const feeds = config.includes('feeds:')
    ? config.replace(/(symbols: .*\n)/, `$1${urls}`)
    : `${config}feeds:\n  binance.spot:\n    symbols: [BTC/USDT]\n${urls}`;
  return /^http:/m.test(feeds)
    ? feeds.replace(/^http:\n/m, `http:\n  listen: ${address}\n`)
    : `${feeds}http:\n  listen: ${address}\n`;
}

function expectRefusal({ code, stdout, stderr }: CliResult, says: string): void {
  expect({ stderr, code, stdout }).toMatchObject({ code: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toStartWith('tickspine: ');
  expect(stderr).toContain(says);
}

for (const wrong of CASES) {
  test(`${wrong.title} is refused with one line before anything is touched`, async () => {
    using folder = new WorkFolder();
    folder.write('tickspine.yaml', configOf(wrong));
    const before = connections;
    const result = await runCommand(folder.path, ...wrong.args);
    expectRefusal(result, wrong.says);
    expect(folder.names()).toEqual(['tickspine.yaml']);
    expect(connections - before).toBe(0);
  });
}

test('the same config without the fault reaches for the address and finds it taken', async () => {
  using folder = new WorkFolder();
  folder.write('tickspine.yaml', configOf({ title: '', args: [], says: '' }));
  const { code, stderr } = await runCommand(folder.path, 'collect', '--duration', '5s');
  expect(code).toBe(1);
  expect(stderr).toContain(`tickspine: http: cannot bind 127.0.0.1:${listener.port}`);
});
