/** Where an agent's facts go: each thread has a log of its own, tests collect them. */
export interface LogHost {
  log(level: 'info' | 'warn' | 'error', message: string): void;
}
