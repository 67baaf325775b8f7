/**
 * Where the spools are: a folder a store in `writer.spool_dir`, named by which store it is. A new
 * password or another `timeout_ms` finds the same folder again.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, isFileError } from '../base/errors.ts';
import { hashText } from '../base/prng.ts';
import { storeIdentity } from '../store/open-store.ts';
import { listSegments } from '../store/spool-segment.ts';
import type { EngineConfig } from './engine-config.ts';
import type { LogHost } from './log-host.ts';

type SpoolConfig = Pick<EngineConfig, 'storeUrls'> & {
  readonly writer: Pick<EngineConfig['writer'], 'spoolDir'>;
};

export async function spoolFolder(config: SpoolConfig, storeUrl: string): Promise<string> {
  const name = hashText(await storeIdentity(storeUrl));
  return join(config.writer.spoolDir, name.toString(16).padStart(8, '0'));
}

/** Batches that no store of this config will ever get are not lost silently. */
export async function warnOfStraySpools(config: SpoolConfig, host: LogHost): Promise<void> {
  const { spoolDir } = config.writer;
  const own = new Set(await Promise.all(config.storeUrls.map((url) => spoolFolder(config, url))));
  try {
    const stray: string[] = [];
    for (const entry of readdirSync(spoolDir, { withFileTypes: true })) {
      const folder = join(spoolDir, entry.name);
      if (!entry.isDirectory() || own.has(folder)) continue;
      const length = lengthOf(folder);
      if (length > 0) stray.push(`${folder} (${length} bytes)`);
    }
    if (stray.length === 0) return;
    host.log('warn', `spools that no store of this config uses: ${stray.join(', ')}`);
  } catch (error) {
    if (!isFileError(error)) throw error;
    host.log('warn', `spools of other stores not looked at: ${errorText(error)}`);
  }
}

/** Bytes that wait in it. */
function lengthOf(folder: string): number {
  return listSegments(folder).reduce((sum, path) => sum + statSync(path).size, 0);
}
