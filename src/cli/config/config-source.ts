/**
 * Where a config came from, and how its problems are told: exactly one line that names the file,
 * the key and the line, and never shows a value that came from the environment.
 *
 * `${NAME}` in any text value stands for the environment variable; a missing or empty one is a
 * problem, so that an unset variable never becomes "no token needed". In the `user:password@` of a
 * URL it is percent-encoded as it is put in.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { UsageError } from '../../base/errors.ts';
import type { ConfigPath } from './schema-keys.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Substitution {
  readonly path: string;
  /** As written, with `${NAME}`. */
  readonly text: string;
  /** What the variables held, and the whole value. */
  readonly secrets: readonly (readonly [value: string, shown: string])[];
}

const VARIABLE = /\$\{([^}]*)\}/g;
const LOGIN = /^[a-z0-9+.-]+:\/\/[^/?#]*:[^/?#]*@/i;

/** `feeds.binance.spot.symbols[1]` */
export function pathText(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

export class ConfigSource {
  /** The config as plain values, variables replaced. */
  readonly values: unknown;
  readonly #name: string;
  readonly #document: Document | undefined;
  readonly #lines: LineCounter | undefined;
  readonly #substitutions: Substitution[] = [];

  /** Throws `UsageError` for text that is no YAML and for variables that are not set. */
  private constructor(name: string, text: string | undefined, environment: Environment) {
    this.#name = name;
    this.values = {};
    if (text === undefined) return;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error !== undefined) {
      const { line, col } = this.#lines.linePos(error.pos[0]);
      const fact = error.message.replace(/\s*\n[\s\S]*$/, '');
      throw new UsageError(`config ${name}: line ${line}, column ${col}: ${fact}`);
    }
    this.#substitute(this.#document, environment);
    this.values = this.#document.toJS({ maxAliasCount: 100 }) ?? {};
  }

  /** The config in a file's text. `name` is how messages call the file. */
  static fromText(name: string, text: string, environment: Environment): ConfigSource {
    return new ConfigSource(name, text, environment);
  }

  /** No file: the schema's defaults. */
  static defaults(): ConfigSource {
    return new ConfigSource('defaults', undefined, {});
  }

  /** The error to throw for the value at `path`. */
  problem(path: ConfigPath, reason: string): UsageError {
    const where = path.length === 0 ? '' : `${pathText(path)}: `;
    const line = this.#lineOf(path);
    const shown = this.#withoutSecrets(path, reason);
    const lineText = line === undefined ? '' : ` (line ${line})`;
    return new UsageError(`config ${this.#name}: ${where}${shown}${lineText}`);
  }

  /** The value at `path` as it may be shown: `${NAME}` instead of what it stands for. */
  shown(path: ConfigPath, value: string): string {
    return this.#substitutionAt(path)?.text ?? value;
  }

  /** `text` with every value that came from the environment replaced by its `${NAME}`. */
  masked(text: string): string {
    return this.#substitutions.reduce((masked, { secrets }) => replaceAll(masked, secrets), text);
  }

  #substitutionAt(path: ConfigPath): Substitution | undefined {
    const wanted = pathText(path);
    return this.#substitutions.find((entry) => entry.path === wanted);
  }

  #withoutSecrets(path: ConfigPath, reason: string): string {
    const found = this.#substitutionAt(path);
    if (found === undefined) return reason;
    return replaceAll(reason, found.secrets);
  }

  #substitute(document: Document, environment: Environment): void {
    visit(document, {
      Scalar: (key, node, parents) => {
        if (key === 'key' || typeof node.value !== 'string') return;
        if (!node.value.includes('${')) return;
        const path = pathOf([...parents, node]);
        const text = node.value;
        const secrets: (readonly [string, string])[] = [];
        const loginLength = LOGIN.exec(text)?.[0].length ?? 0;
        node.value = text.replace(VARIABLE, (shown, name: string, at: number) => {
          const value = this.#variable(path, name, environment);
          secrets.push([value, shown]);
          if (at >= loginLength) return value;
          const encoded = encodeURIComponent(value);
          secrets.unshift([encoded, shown]);
          return encoded;
        });
        // The whole value first: a message that quotes it shows the text as it was written.
        secrets.unshift([node.value as string, text]);
        this.#substitutions.push({ path: pathText(path), text, secrets });
      },
    });
  }

  #variable(path: ConfigPath, name: string, environment: Environment): string {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw this.problem(path, `\${${name}} is not the name of an environment variable`);
    }
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    const state = value === undefined ? 'not set' : 'empty';
    throw this.problem(path, `environment variable ${name} is ${state}`);
  }

  #lineOf(path: ConfigPath): number | undefined {
    if (this.#document === undefined || this.#lines === undefined) return undefined;
    // A key that is missing has no place of its own: its section's is shown.
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.#offsetOf(path.slice(0, length));
      if (offset !== undefined) return this.#lines.linePos(offset).line;
    }
    return undefined;
  }

  #offsetOf(path: ConfigPath): number | undefined {
    const key = path.at(-1);
    const parent = path.length === 1 ? this.#document?.contents : this.#nodeAt(path.slice(0, -1));
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
    }
    const node = this.#nodeAt(path);
    return isNode(node) ? node.range?.[0] : undefined;
  }

  #nodeAt(path: ConfigPath): unknown {
    return this.#document?.getIn(path, true);
  }
}

function replaceAll(text: string, secrets: Substitution['secrets']): string {
  return secrets.reduce((shown, [value, name]) => shown.replaceAll(value, name), text);
}

/** The path of the last of `parents`, each the container of the next. */
function pathOf(parents: readonly unknown[]): ConfigPath {
  const path: (string | number)[] = [];
  for (const [i, parent] of parents.entries()) {
    const child = parents[i + 1];
    if (typeof parent !== 'object' || parent === null || !('items' in parent)) continue;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => item === child);
      if (isScalar(pair?.key)) path.push(String(pair.key.value));
    } else if (Array.isArray(parent.items)) {
      path.push(parent.items.indexOf(child));
    }
  }
  return path;
}
