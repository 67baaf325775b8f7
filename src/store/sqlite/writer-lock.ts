/** One writer a store: a lock on the file `<path>-lock`. */
import { EngineError } from '../../base/errors.ts';
import { FileLock } from '../file-lock.ts';
import { guard } from './database.ts';

/** Throws `store-in-use` when another writer, in whatever process, has the store open. */
export function lockStore(path: string): FileLock {
  const lockPath = `${path}-lock`;
  const lock = guard(lockPath, () => FileLock.take(lockPath));
  if (lock !== undefined) return lock;
  throw new EngineError(
    `${path} is being written by another process: stop it or record into another file`,
    { code: 'store-in-use', retry: 'fatal' },
  );
}
