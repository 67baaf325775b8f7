import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { EngineError } from '../../../src/base/errors.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import { plainIo, plainParts } from '../../support/plain-cli.ts';

const COMMANDS = ['collect', 'simulate', 'replay', 'inspect', 'verify', 'venues', 'version'];
const QUIET = ['--log-level', 'silent'];

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error('the condition never came true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('command line', () => {
  test.each(COMMANDS)('%s has --help with an example and --json', async (command) => {
    const io = plainIo();
    expect(await runCli([command, '--help'], io, plainParts())).toBe(0);
    const help = io.out.join('');
    expect(help).toContain(`Usage: tickspine ${command}`);
    expect(help).toContain('Example');
    expect(help).toContain('--json');
    expect(io.err).toEqual([]);
  });

  const wrong: readonly (readonly [args: string[], line: string | RegExp])[] = [
    [[], 'no command given; --help lists them'],
    [['colect'], "unknown command 'colect' (Did you mean collect?)"],
    [['collect', '--simulat'], "unknown option '--simulat' (Did you mean --simulate?)"],
    [['collect', '--duration', '5'], /'5' is not a duration such as 500ms, 30s, 2m, 1h/],
    [['collect', '--duration', '0s'], /'0s' is not a duration/],
    [['collect', '--http', 'x'], /'x' is not an address/],
    [['collect', 'extra'], /too many arguments/],
    [['collect', '--rate', '5'], 'option --rate needs --simulate'],
    [['collect', '--simulate', '--rate', '-5'], /'-5' is not a number above 0|argument missing/],
    [['collect', '--simulate', '--seed', '1.5'], /'1.5' is not a whole number/],
    [['collect', '--log-level', 'loud'], /'loud' is invalid/],
    [['collect', '--config', 'absent.yaml'], 'config absent.yaml: no such file'],
    [['collect', '--store', 'x.db'], /^option --store: 'x.db' is not a store URL/],
    [['collect', '--http', '0.0.0.0:80'], /^option --http: .* set a token/],
    [['replay'], /missing required argument 'file'/],
    [['replay', 'absent.cap'], 'replay: absent.cap: no such file'],
    [['replay', 'x.cap', '--speed', 'fast'], /'fast' is not a number above 0/],
    [['verify', '--timeframe', '5x'], "option --timeframe: '5x' is not a timeframe such as 5m"],
    [['inspect', '--gaps', 'many'], /'many' is not a whole number/],
    [['migrate', '--klines', 'binance:BTC/USDT'], /is not venue:symbol:timeframe or/],
    [['migrate', '--klines', 'binance:BTC/USDT:swap:1m'], /is not venue:symbol:timeframe or/],
    [
      ['migrate', '--klines', 'okx:A/B:1m', '--klines', 'okx:A/B:5m'],
      /'okx:A\/B:5m' is not another market than before/,
    ],
    [['simulate', '--port', '70000'], /'70000' is not a port/],
  ];
  test.each(wrong)('%j is one line and exit code 2, and starts nothing', async (args, line) => {
    const io = plainIo();
    const parts = plainParts();
    expect(await runCli(args, io, parts)).toBe(2);
    expect(io.out).toEqual([]);
    expect(parts.steps).toEqual([]);
    const text = io.err.join('');
    expect(text).toStartWith('tickspine: ');
    expect(text.indexOf('\n')).toBe(text.length - 1);
    const fact = text.slice('tickspine: '.length, -1);
    if (typeof line === 'string') expect(fact).toBe(line);
    else expect(fact).toMatch(line);
  });

  test('a wrong config file is one line and exit code 2, and starts nothing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tickspine-'));
    writeFileSync(
      join(directory, 'tickspine.yaml'),
      'feeds:\n  binance.spot:\n    symbols: [BTC/USDT, BTC/USDX]\n',
    );
    const io = plainIo({ directory });
    const parts = plainParts();
    expect(await runCli(['collect'], io, parts)).toBe(2);
    expect(io.err.join('')).toMatch(
      /^tickspine: config tickspine\.yaml: feeds\.binance\.spot\.symbols\[1\]: .*\(line 3\)\n$/,
    );
    expect(parts.steps).toEqual([]);
    rmSync(directory, { recursive: true });
  });

  test('a failure is one line, an error object with --json, and exit code 1', async () => {
    const io = plainIo();
    const args = ['inspect', '--store', 'mssql://sa:hunter2@h/d', '--json'];
    expect(await runCli(args, io, plainParts())).toBe(1);
    expect(io.err).toEqual(['tickspine: no store at mssql://sa:***@h/d\n']);
    expect(JSON.parse(io.out.join(''))).toEqual({
      command: 'inspect',
      error: { code: 'store-missing', message: 'no store at mssql://sa:***@h/d' },
    });
  });

  test('wrong usage is an error object with --json, too', async () => {
    for (const [args, command] of [
      [['collect', '--json', '--frob'], 'collect'],
      [['colect', '--json'], 'colect'],
      [['--json'], null],
      [['collect', '--json', '--rate', '5'], 'collect'],
    ] as const) {
      const io = plainIo();
      expect(await runCli(args, io, plainParts())).toBe(2);
      expect(io.err).toHaveLength(1);
      const message = io.err.join('').slice('tickspine: '.length, -1);
      expect(io.out).toEqual([
        `${JSON.stringify({ command, error: { code: 'usage', message } })}\n`,
      ]);
    }
  });

  test('every command is a script of the package', () => {
    for (const command of [...COMMANDS, 'migrate']) {
      const script = `bun src/cli/main.ts ${command}`;
      expect(packageJson.scripts).toHaveProperty(command, script);
    }
  });

  test('help shows the speed a replay has by itself', async () => {
    const io = plainIo();
    await runCli(['replay', '--help'], io, plainParts());
    expect(io.out.join('')).toMatch(/--speed <factor> +1 as .*\(default: max\)$/m);
  });

  test('version and --version name the version', async () => {
    const io = plainIo();
    expect(await runCli(['version', '--json'], io, plainParts())).toBe(0);
    expect(JSON.parse(io.out.join(''))).toMatchObject({ command: 'version', version: '0.1.0' });
    const short = plainIo();
    expect(await runCli(['--version'], short, plainParts())).toBe(0);
    expect(short.out.join('')).toBe('0.1.0\n');
  });
});

describe('collect', () => {
  test('runs for its duration, stops in order and prints one JSON object', async () => {
    const io = plainIo();
    const parts = plainParts();
    const args = ['collect', '--duration', '20ms', '--json', ...QUIET];
    expect(await runCli(args, io, parts)).toBe(0);
    expect(parts.steps).toEqual(['engine up', 'http up 8710', 'http down', 'engine down']);
    expect(io.out).toHaveLength(1);
    expect(io.out[0]).toEndWith('}\n');
    expect(io.out.join('').trim()).not.toContain('\n');
    expect(JSON.parse(io.out.join(''))).toMatchObject({
      command: 'collect',
      exit_reason: 'duration',
      duration_s: 60,
    });
    expect(io.err).toEqual([]);
  });

  test('points every feed at the embedded exchange and stops that last', async () => {
    const io = plainIo();
    const parts = plainParts();
    const flags = ['--simulate', '--seed', '7', '--faults', 'drop=0.1', '--truth', 't.ndjson'];
    const args = ['collect', ...flags, '--no-http', '--duration', '10ms', '--json', ...QUIET];
    expect(await runCli(args, io, parts)).toBe(0);
    expect(parts.steps).toEqual(['simulator up', 'engine up', 'engine down', 'simulator down']);
    expect(parts.simulations[0]).toMatchObject({
      seed: 7,
      rate: 1000,
      faults: 'drop=0.1',
      truthFile: 't.ndjson',
    });
    const [config] = parts.configs;
    expect(config?.command).toBe('collect --simulate');
    expect(config?.feeds.map((feed) => feed.urls.ws)).toEqual([
      'ws://127.0.0.1:1',
      'ws://127.0.0.1:2',
    ]);
  });

  test('ends with exit code 0 on a signal; a second one ends the process at once', async () => {
    const io = plainIo();
    const parts = plainParts();
    const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
    const start = parts.startEngine;
    const slow = async (config: Parameters<typeof start>[0]) => ({
      ...(await start(config)),
      stop: () => drained,
    });
    const run = runCli(['collect', '--json', ...QUIET], io, { ...parts, startEngine: slow });
    await until(() => parts.steps.includes('http up 8710'));
    await new Promise((resolve) => setImmediate(resolve));
    io.signal('SIGTERM');
    await until(() => parts.steps.includes('http down'));
    expect(io.exits).toEqual([]);
    io.signal('SIGTERM');
    expect(io.exits).toEqual([130]);
    drain();
    expect(await run).toBe(0);
    expect(JSON.parse(io.out.join(''))).toMatchObject({ exit_reason: 'SIGTERM' });
  });

  test('says why a run that cannot go on failed, still sums up, exit code 1', async () => {
    const io = plainIo();
    const parts = plainParts();
    const run = runCli(['collect', '--json', ...QUIET], io, parts);
    await until(() => parts.steps.includes('http up 8710'));
    parts.fail(new EngineError('disk is full', { code: 'disk', retry: 'fatal' }));
    expect(await run).toBe(1);
    expect(io.err).toEqual(['tickspine: disk is full\n']);
    expect(JSON.parse(io.out.join(''))).toMatchObject({ exit_reason: 'disk is full' });
    expect(parts.steps.slice(-2)).toEqual(['http down', 'engine down']);
  });

  test('stops the engine when its address is taken', async () => {
    const io = plainIo();
    const taken = new EngineError('port 8710 is taken', { code: 'listen', retry: 'fatal' });
    const parts = plainParts({ startHttp: () => Promise.reject(taken) });
    expect(await runCli(['collect', ...QUIET], io, parts)).toBe(1);
    expect(parts.steps).toEqual(['engine up', 'engine down']);
    expect(io.err).toEqual(['tickspine: port 8710 is taken\n']);
  });

  test('shows the panel on a terminal, gives the cursor back and prints the summary', async () => {
    const io = plainIo({ isTerminal: true });
    const args = ['collect', '--duration', '10ms', ...QUIET];
    expect(await runCli(args, io, plainParts())).toBe(0);
    const screen = io.err.join('');
    expect(screen).toContain('binance.spot');
    expect(screen.indexOf('\x1b[?25l')).toBeGreaterThan(-1);
    expect(screen.lastIndexOf('\x1b[?25h')).toBeGreaterThan(screen.lastIndexOf('\x1b[?25l'));
    expect(io.out.join('')).toContain('ended by duration');
    expect(io.out.join('')).not.toContain('\x1b');
  });
});

describe('replay and simulate', () => {
  test('replay ends by itself and serves nothing at full speed', async () => {
    const io = plainIo();
    const parts = plainParts();
    const run = runCli(['replay', 'plain-cli.ts', '--json', ...QUIET], io, parts);
    parts.end('end of capture');
    expect(await run).toBe(0);
    expect(parts.steps).toEqual(['engine up', 'engine down']);
    expect(JSON.parse(io.out.join(''))).toMatchObject({
      command: 'replay',
      exit_reason: 'end of capture',
    });
  });

  test('simulate tells where it serves and what it did', async () => {
    const io = plainIo();
    const parts = plainParts();
    const args = ['simulate', '--port', '0', '--duration', '10ms', '--json'];
    expect(await runCli(args, io, parts)).toBe(0);
    expect(io.err.join('')).toContain('binance.spot  ws://127.0.0.1:1');
    expect(JSON.parse(io.out.join(''))).toMatchObject({ command: 'simulate', frames: 12, seed: 1 });
    expect(parts.steps).toEqual(['simulator up', 'simulator down']);
  });
});
