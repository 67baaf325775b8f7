/**
 * The `next` of a page as opaque text: order, position, and a hash of the query it belongs to, as
 * JSON in base64url. A cursor of another query is refused: it would page through the wrong rows
 * without anyone noticing. Not signed: it grants nothing that a query could not ask for.
 */
import { hashText } from '../base/prng.ts';
import { badParameter } from './problem.ts';
import type { KeyPart, PagePosition } from './row-pager.ts';

const CURSOR_LENGTH_MAX = 1_024;
const KEY_COUNT_MAX = 8;

/** `query` names what must stay the same from page to page, as text. */
export function encodeCursor(query: string, position: PagePosition): string {
  const parts = [hashText(query), position.us, position.seen, ...position.key];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws the 400 when `text` is no cursor of `query`. */
export function decodeCursor(query: string, text: string): PagePosition {
  const [hash, us, seen, ...key] = parseParts(text);
  if (!isCount(us) || !isCount(seen)) throw noCursor();
  if (key.length > KEY_COUNT_MAX || !key.every(isKeyPart)) throw noCursor();
  if (hash !== hashText(query)) {
    throw badParameter(
      'cursor',
      'cursor belongs to another query: repeat the parameters of the first page',
    );
  }
  return { us, key, seen };
}

function parseParts(text: string): unknown[] {
  if (text.length > CURSOR_LENGTH_MAX) throw noCursor();
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parts)) return parts;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw noCursor();
}

function noCursor() {
  return badParameter('cursor', 'cursor is none: give the `next` of the page before as it came');
}

function isCount(part: unknown): part is number {
  return Number.isSafeInteger(part) && (part as number) >= 0;
}

function isKeyPart(part: unknown): part is KeyPart {
  return part === null || typeof part === 'string' || typeof part === 'number';
}
