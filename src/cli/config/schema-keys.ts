/** Which keys the config schema has where: for "did you mean" and for the example file's test. */
import { z } from 'zod';
import { configSchema } from './config-schema.ts';

export type ConfigPath = readonly (string | number)[];

/** Members of the schema without what wraps it (defaults, pipes, refinements). */
function unwrap(schema: unknown): unknown {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
      inner = inner.def.innerType;
    else if (inner instanceof z.ZodOptional) inner = inner.def.innerType;
    else return inner;
  }
}

/** Keys allowed in the section at `path`; [] when there is none or any name is allowed. */
export function keysAt(path: ConfigPath): string[] {
  let schema: unknown = unwrap(configSchema);
  for (const part of path) {
    if (schema instanceof z.ZodObject) schema = unwrap(schema.def.shape[String(part)]);
    else if (schema instanceof z.ZodRecord) schema = unwrap(schema.def.valueType);
    else return [];
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.def.shape) : [];
}

/** Every key as a dotted path, `*` for the name of a feed: `feeds.*.symbols`. */
export function allKeys(schema: unknown = configSchema, prefix = ''): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodRecord) return allKeys(inner.def.valueType, `${prefix}*.`);
  if (!(inner instanceof z.ZodObject)) return [prefix.slice(0, -1)];
  return Object.entries(inner.def.shape).flatMap(([key, member]) =>
    allKeys(member, `${prefix}${key}.`),
  );
}
