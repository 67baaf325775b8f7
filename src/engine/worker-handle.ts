/** One worker thread as the supervisor holds it: typed messages, one exit, no silent death. */
import { Worker } from 'node:worker_threads';
import { errorText } from '../base/errors.ts';
import type { FromWorker, ToWorker } from './control-messages.ts';

const WORKERS_DIR = new URL('../../workers/', import.meta.url);

export interface WorkerEvents {
  onMessage(message: FromWorker): void;
  /** Exactly once. `problem` is '' when the worker ended because it was told to. */
  onExit(problem: string): void;
}

export class WorkerHandle {
  readonly name: string;
  readonly exited: Promise<string>;
  readonly #worker: Worker;
  #problem = 'ended by itself';
  #isExited = false;

  /** Starts `workers/<file>.worker.ts` with `start` as its workerData. */
  constructor(name: string, file: string, start: unknown, events: WorkerEvents) {
    this.name = name;
    this.#worker = new Worker(new URL(`${file}.worker.ts`, WORKERS_DIR), { workerData: start });
    this.#worker.on('message', (message: FromWorker) => {
      if (message.type === 'stopped') this.#problem = '';
      events.onMessage(message);
    });
    this.exited = new Promise((resolve) => {
      const end = () => {
        if (this.#isExited) return;
        this.#isExited = true;
        events.onExit(this.#problem);
        resolve(this.#problem);
      };
      this.#worker.on('error', (error) => {
        this.#problem = errorText(error);
        // An uncaught error ends the worker; not every runtime sends `exit` after it.
        this.#worker.terminate().then(end, end);
      });
      this.#worker.on('exit', end);
    });
  }

  get isExited(): boolean {
    return this.#isExited;
  }

  post(message: ToWorker): void {
    if (!this.#isExited) this.#worker.postMessage(message);
  }

  /** Ends the thread wherever it is. */
  async terminate(problem: string): Promise<void> {
    this.#problem = problem;
    await this.#worker.terminate();
  }
}
