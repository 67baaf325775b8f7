/** Reads TypeScript sources as text for the style test: no parser, only comments and strings. */

const BLANK = /[^\n]/g;
const KEYWORD_BEFORE_REGEX = /(^|[=(,:;!&|?{}[\n]|\breturn|=>)\s*$/;

/**
 * `text` with comments, regular expressions and the content of strings replaced by blanks; line
 * numbers stay. Code in `${…}` of templates is kept.
 */
export function blankText(text: string): string {
  let out = '';
  let at = 0;
  const stack: ('code' | 'template')[] = ['code'];
  const depths: number[] = [0];
  const blank = (to: number): void => {
    out += text.slice(at, to).replace(BLANK, ' ');
    at = to;
  };
  while (at < text.length) {
    if (stack.at(-1) === 'template') {
      at = template(text, at, stack, depths, (to) => blank(to));
      continue;
    }
    const two = text.slice(at, at + 2);
    const char = text[at] as string;
    if (two === '//') blank(endOf(text, at, '\n', 0));
    else if (two === '/*') blank(endOf(text, at + 2, '*/', 2));
    else if (char === "'" || char === '"') blank(quoteEnd(text, at));
    else if (char === '/' && KEYWORD_BEFORE_REGEX.test(out)) blank(regexEnd(text, at));
    else {
      if (char === '`') stack.push('template');
      if (char === '{') depths[depths.length - 1] = (depths.at(-1) ?? 0) + 1;
      if (char === '}') {
        if (depths.at(-1) === 0 && stack.length > 1) {
          stack.pop();
          depths.pop();
        } else depths[depths.length - 1] = (depths.at(-1) ?? 0) - 1;
      }
      out += char === '`' ? ' ' : char;
      at += 1;
    }
  }
  return out;
}

function template(
  text: string,
  from: number,
  stack: ('code' | 'template')[],
  depths: number[],
  blank: (to: number) => void,
): number {
  let at = from;
  while (at < text.length) {
    if (text[at] === '\\') at += 2;
    else if (text[at] === '`') {
      blank(at + 1);
      stack.pop();
      return at + 1;
    } else if (text.startsWith('${', at)) {
      blank(at + 2);
      stack.push('code');
      depths.push(0);
      return at + 2;
    } else at += 1;
  }
  blank(at);
  return at;
}

function endOf(text: string, from: number, mark: string, length: number): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end + length;
}

function quoteEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === text[from] || text[at] === '\n') return at + 1;
  }
  return text.length;
}

function regexEnd(text: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '\n') return at;
    else if (char === '/' && !inClass) return at + 1;
  }
  return text.length;
}

const FROM = /^\s*(?:import|export)\b(\s+type\b)?[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Modules that `text` imports or exports from; type-only ones unless `types` is false. */
export function importsOf(text: string, { types = true } = {}): string[] {
  const named = [...text.matchAll(FROM)]
    .filter((match) => types || match[1] === undefined)
    .map((match) => match[2] as string);
  const others = [...text.matchAll(BARE), ...(types ? text.matchAll(DYNAMIC) : [])];
  return [...named, ...others.map((match) => match[1] as string)];
}
