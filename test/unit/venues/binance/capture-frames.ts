/** Frames of the shared captures, which are not part of the project. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FOLDER = join(import.meta.dirname, '../../../../../shared/captures');

export interface CaptureLine {
  readonly recvUs: number;
  readonly kind: string;
  readonly payload: string;
}

/** Path of a capture, or undefined (and a printed reason) when it is not there. */
export function findCapture(name: string): string | undefined {
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  console.log(`skipped: the shared capture ${name} is not beside this checkout`);
  return undefined;
}

export function readCapture(path: string): CaptureLine[] {
  const text = gunzipSync(readFileSync(path)).toString('utf8');
  const lines: CaptureLine[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\d+) \S+ (\S+) ?/.exec(line);
    if (match !== null) {
      const [head, recvUs, kind = ''] = match;
      lines.push({ recvUs: Number(recvUs), kind, payload: line.slice(head.length) });
    }
  }
  return lines;
}
