/**
 * The log: structured JSON, one object a line, on stderr; one short line for a person when stderr
 * is a terminal. stdout is for results and never logged to. Every thread makes its own log.
 *
 * A message says the fact, the values go beside it: `log.info('gap repaired', { feed, trades })`.
 * Secrets are replaced before a line is made (`redact.ts`).
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import { formatUs, systemClock } from './clock.ts';
import { redactText, redactValue } from './redact.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogValues = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fact: string, values?: LogValues): void;
  info(fact: string, values?: LogValues): void;
  warn(fact: string, values?: LogValues): void;
  error(fact: string, values?: LogValues): void;
  /** For hosts that pass the level along. */
  write(level: Exclude<LogLevel, 'silent'>, fact: string, values?: LogValues): void;
  /** The same log with `values` on each line: `{ thread: 'writer' }`. */
  child(values: LogValues): Log;
}

export interface LogOptions {
  /** One of LOG_LEVELS; anything else counts as `info`. */
  readonly level: string;
  /** On every line. */
  readonly values?: LogValues;
  /** Default: whether stderr is a terminal. */
  readonly isPretty?: boolean;
  /** Takes whole lines, newline included. Default: this thread's sink, stderr at first. */
  readonly write?: (line: string) => void;
}

const STDERR = 2;
const WRITE_ATTEMPTS_MAX = 50;
type Sink = (line: string) => void;
let sink: Sink = writeStderr;

/**
 * Sends this thread's log lines to `to` until the returned function is called: the live panel takes
 * them while it owns the screen.
 */
export function redirectLog(to: (line: string) => void): () => void {
  sink = to;
  return () => {
    if (sink === to) sink = writeStderr;
  };
}

export function createLog(options: LogOptions): Log {
  const isPretty = options.isPretty ?? isatty(STDERR);
  const write = options.write ?? ((line: string) => sink(line));
  const level = (LOG_LEVELS as readonly string[]).includes(options.level) ? options.level : 'info';
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'fact',
      timestamp: () => `,"time":"${formatUs(systemClock.wallUs()).replace(' ', 'T')}Z"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => write(isPretty ? prettyLine(line) : line) },
  );
  return wrap(logger.child(redactValue(options.values ?? {}) as LogValues));
}

function wrap(logger: Logger): Log {
  const write: Log['write'] = (level, fact, values) => {
    if (values === undefined) logger[level](redactText(fact));
    else logger[level](redactValue(values), redactText(fact));
  };
  return {
    debug: (fact, values) => write('debug', fact, values),
    info: (fact, values) => write('info', fact, values),
    warn: (fact, values) => write('warn', fact, values),
    error: (fact, values) => write('error', fact, values),
    write,
    child: (values) => wrap(logger.child(redactValue(values) as LogValues)),
  };
}

/** `23:59:59.123 warn  gap open feed=binance.spot trades=12` from a JSON line. */
export function prettyLine(line: string): string {
  const { level, time, fact, ...values } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(values).map(([key, value]) => ` ${key}=${valueText(value)}`);
  const clock = String(time).slice(11, 23);
  return `${clock} ${String(level).padEnd(5)} ${String(fact)}${pairs.join('')}\n`;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value) ?? '';
}

/** Synchronous, so that the last line before a crash is not lost. */
function writeStderr(line: string): void {
  let bytes: Uint8Array = Buffer.from(line);
  for (let attempt = 0; attempt < WRITE_ATTEMPTS_MAX && bytes.length > 0; attempt += 1) {
    try {
      bytes = bytes.subarray(writeSync(STDERR, bytes));
    } catch (error) {
      const { code } = error as { code?: string };
      // A full pipe is tried again; a closed one ends logging, not the recording.
      if (code === 'EPIPE' || code === 'EBADF') return;
      if (code !== 'EAGAIN') throw error;
      Bun.sleepSync(1);
    }
  }
}
