/** The process around a command: streams, environment, signals. Tests hand in their own. */
import type { Environment } from './config/config-source.ts';

export interface CliIo {
  /** Results go here and nothing else. */
  stdout(text: string): void;
  /** Progress, the panel and the one line of an error. */
  stderr(text: string): void;
  /** stderr is a terminal: a live panel instead of stats lines. */
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** Calls `task` when the terminal changed size; returns how to stop that. */
  onResize(task: () => void): () => void;
  readonly environment: Environment;
  /** Relative paths are below it. */
  readonly directory: string;
  /** Calls `task` with the name of each signal to stop; returns how to end that. */
  onStopSignal(task: (signal: string) => void): () => void;
  /** Ends the process at once, for the second signal. */
  exitNow(code: number): void;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function processIo(): CliIo {
  const { stderr, env } = process;
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void stderr.write(text),
    isTerminal: stderr.isTTY === true && env.TERM !== 'dumb',
    hasColour: stderr.isTTY === true && (env.NO_COLOR ?? '') === '',
    size: () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24 }),
    onResize(task) {
      stderr.on('resize', task);
      return () => void stderr.off('resize', task);
    },
    environment: env,
    directory: process.cwd(),
    onStopSignal(task) {
      const handler = (signal: string): void => task(signal);
      for (const signal of STOP_SIGNALS) process.on(signal, handler);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, handler);
      };
    },
    exitNow: (code) => process.exit(code),
  };
}
