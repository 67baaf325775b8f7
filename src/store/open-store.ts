/**
 * Finds the store module of a URL by its scheme (`sqlite:tickspine.db`). Nothing central lists the
 * stores: each is a folder beside this file whose `store.ts` exports `store`.
 */
import { readdirSync } from 'node:fs';
import { EngineError, UsageError } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type {
  MigrationAccess,
  MigrationSession,
  StoreModule,
  StoreOptions,
  StoreReader,
  StoreWriter,
} from './contract.ts';

/** Schemes that are spelled in two ways. */
const SPELLINGS: Readonly<Record<string, string>> = { postgresql: 'postgres' };

/** Scheme of a store URL in lower case, or '' when `url` has none. */
export function storeScheme(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  return SPELLINGS[scheme] ?? scheme;
}

/** Every store of this build, by folder name. */
export async function discoverStores(): Promise<readonly StoreModule[]> {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const found = await Promise.all(folders.map(loadStore));
  return found.filter((module) => module !== undefined);
}

async function loadStore(folder: string): Promise<StoreModule | undefined> {
  const path = `./${folder}/store.ts`;
  try {
    const module = (await import(path)) as { readonly store?: StoreModule };
    return module.store;
  } catch (error) {
    // A folder without store.ts is no store; a store.ts that does not load is a fault.
    if (error instanceof Error && /cannot find module/i.test(error.message)) {
      if (error.message.includes(`/${folder}/store.ts`)) return undefined;
    }
    throw error;
  }
}

/** Rejects with code `store-scheme` when no store takes `url`. */
export async function storeModule(url: string): Promise<StoreModule> {
  const scheme = storeScheme(url);
  const stores = await discoverStores();
  const module = stores.find((store) => store.scheme === scheme);
  if (module !== undefined) return module;
  const known = stores.map((store) => `${store.scheme}:`).join(', ');
  throw new EngineError(`no store for '${redactUrl(url)}'; this build has ${known || 'none'}`, {
    code: 'store-scheme',
    retry: 'fatal',
  });
}

/** Which store `url` means: `postgres://host:5432/database`, `sqlite:/data/tickspine.db`. */
export async function storeIdentity(url: string): Promise<string> {
  const module = await storeModule(url);
  return `${module.scheme}:${module.identity(url)}`;
}

/** Throws `UsageError` for a URL its store does not understand, and for a store named twice. */
export async function checkStoreUrls(urls: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  for (const url of urls) {
    const identity = await storeIdentity(url);
    if (seen.has(identity)) throw new UsageError(`the store ${identity} is named twice`);
    seen.add(identity);
  }
}

export async function createStoreWriter(url: string, options: StoreOptions): Promise<StoreWriter> {
  return (await storeModule(url)).createWriter(url, options);
}

export async function openStoreMigrations(
  url: string,
  access: MigrationAccess,
): Promise<MigrationSession> {
  return (await storeModule(url)).openMigrations(url, access);
}

/** Rejects with code `backup` where the store leaves backups to its server. */
export async function backupStore(url: string, path: string): Promise<void> {
  const module = await storeModule(url);
  if (module.backup === undefined) {
    throw new EngineError(`${module.scheme}: stores are backed up with their server's own tools`, {
      code: 'backup',
      retry: 'fatal',
    });
  }
  await module.backup(url, path);
}

export async function openStoreReader(url: string): Promise<StoreReader> {
  return (await storeModule(url)).openReader(url);
}
