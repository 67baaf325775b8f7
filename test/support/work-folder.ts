/** A directory of its own for one test; gone when the test ends. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class WorkFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'tickspine-e2e-'));

  file(name: string): string {
    return join(this.path, name);
  }

  /** Writes `text` and gives the file's path. */
  write(name: string, text: string): string {
    writeFileSync(this.file(name), text);
    return this.file(name);
  }

  names(): string[] {
    return readdirSync(this.path).sort();
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
