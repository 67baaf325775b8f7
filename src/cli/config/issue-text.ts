/** What the schema found wrong, as one sentence about the key at `path`. */
import type { z } from 'zod';
import { closeMatches } from '../../http/close-match.ts';
import { type ConfigPath, keysAt } from './schema-keys.ts';

export interface Complaint {
  readonly path: ConfigPath;
  readonly reason: string;
}

type Issue = z.core.$ZodIssue;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a section of keys',
  record: 'a section of keys',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** `values` is the whole config the issue is about. */
export function complaintOf(issue: Issue, values: unknown): Complaint {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    return { path: [...path, key], reason: `unknown key${didYouMean(key, keysAt(path))}` };
  }
  return { path, reason: reasonOf(issue, valueAt(values, path)) };
}

/** `; did you mean 'depth'?`, or what there is to choose from. */
export function didYouMean(name: string, known: readonly string[]): string {
  const [close] = closeMatches(name, known, 1);
  if (close !== undefined) return `; did you mean '${close}'?`;
  return known.length === 0 ? '' : `; known: ${known.join(', ')}`;
}

function reasonOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = TYPE_NAMES[issue.expected] ?? issue.expected;
      if (value === undefined) return `is missing: ${wanted} is needed`;
      return `${describe(value)} is not ${wanted}`;
    }
    case 'invalid_value': {
      const known = issue.values.map(String);
      return `${describe(value)} is not one of ${known.join(', ')}${hint(value, known)}`;
    }
    case 'too_small':
      if (issue.origin === 'array') return 'the list is empty';
      if (issue.origin === 'string') return 'must not be empty';
      return `${describe(value)} is less than ${issue.minimum}`;
    case 'too_big':
      return `${describe(value)} is more than ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function hint(value: unknown, known: readonly string[]): string {
  const [close] = typeof value === 'string' ? closeMatches(value, known, 1) : [];
  return close === undefined ? '' : `; did you mean '${close}'?`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a section';
  return value === null ? 'nothing' : String(value);
}

function valueAt(values: unknown, path: ConfigPath): unknown {
  let value = values;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
