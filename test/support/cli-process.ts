/** The command line as a real process: what it prints, how it ends, signals sent to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './condition.ts';

export const PROJECT = join(import.meta.dirname, '../..');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type JsonObject = Record<string, unknown>;

export class CliProcess implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<void>;
  #errors = '';

  /** `project`: where the sources are; `directory`: where the process works. */
  constructor(directory: string, args: readonly string[], project = PROJECT) {
    this.#child = Bun.spawn([process.execPath, join(project, 'src/cli/main.ts'), ...args], {
      cwd: directory,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    this.pid = this.#child.pid;
    this.#stdout = new Response(this.#child.stdout).text();
    this.#stderr = this.#readErrors();
  }

  /** What stderr brought so far. */
  get stderr(): string {
    return this.#errors;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async result(): Promise<CliResult> {
    const code = await this.#child.exited;
    const stdout = await this.#stdout;
    await this.#stderr;
    return { code, stdout, stderr: this.#errors };
  }

  /** Log lines (structured) whose `fact` holds `text`. */
  logged(text: string): JsonObject[] {
    return this.#errors
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as JsonObject)
      .filter(({ fact }) => String(fact).includes(text));
  }

  /** The first log line whose `fact` holds `text`; rejects when the process ends without it. */
  async log(text: string, limitMs?: number): Promise<JsonObject> {
    return until(
      `log line '${text}' of ${this.pid}`,
      () => {
        const found = this.logged(text)[0];
        if (found === undefined && !this.isRunning) throw new Error(`ended:\n${this.#errors}`);
        return found;
      },
      limitMs,
    );
  }

  /** Base URL of its HTTP server, from the log. */
  async url(): Promise<string> {
    return String((await this.log('started')).http);
  }

  /** Resident memory, bytes. */
  residentLength(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGKILL');
    await this.result();
  }

  async #readErrors(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stderr) {
      this.#errors += decoder.decode(chunk, { stream: true });
    }
  }
}

/** Runs a command to its end in `directory`. */
export async function runCommand(directory: string, ...args: string[]): Promise<CliResult> {
  await using child = new CliProcess(directory, args);
  return await child.result();
}

/** The one JSON line of a `--json` command; throws when stdout is anything else. */
export function jsonLine({ stdout, stderr }: CliResult): JsonObject {
  const lines = stdout.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`no single line: ${stdout}${stderr}`);
  return JSON.parse(lines[0]!) as JsonObject;
}
