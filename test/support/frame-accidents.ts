/**
 * What can happen to a JSON frame on its way, as fast-check arbitraries: bytes flipped, replaced,
 * cut, doubled; values of every kind in place of any field's, fields doubled, exchanged or renamed.
 */
import fc from 'fast-check';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Bytes that mean something to a JSON parser, with some that must not be there. */
const telling = fc.constantFrom(
  ...encoder.encode('0123456789.,:"{}[]eE+-\\ tnfbuys'),
  0,
  0xc3,
  0xff,
);

const value = fc.constantFrom(
  ...['0', '-1', '1', '01', '-0', '1.5', '1e3', '1e-400', '1E400', '2.50', 'null', 'true', 'false'],
  ...['9007199254740991', '9007199254740993', '99999999999999999999', '0.12345678901234567'],
  ...['12345678901.12345678', '0.000', '[]', '{}', '[["1","2"]]', '[["buy","1","2"]]', '[[1,2]]'],
  ...['[["1"]]', '[{"price":1,"qty":0}]', '[{"price":1}]', '""', '"0"', '"0.00"', '"-5.5"'],
  ...['"1e5"', '"NaN"', '"007.5"', '".5"', '"5."', '"0.12345678901234567"', '"buy"', '"sell"'],
  ...['"BTC-USD"', '"BTC/USD"', '"é"', '"\\u0031.5"', '"snapshot"', '"update"', '"match"'],
  ...['"2023-10-06T17:35:55.440295Z"', '"0001-01-01T00:00:00Z"', '"1970-01-01T00:00:00Z"'],
  ...['"2023-02-30T00:00:00Z"', '"2023-10-06 17:35:55"'],
);

const FIELD =
  /"([A-Za-z_0-9]+)":("(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|true|false|null|\[(?:[^[\]]|\[[^[\]]*\])*\])/g;

/** One of `frames`, with up to three accidents. */
export function accident(frames: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const frame = fc.constantFrom(...frames);
  const place = fc.nat();
  return fc.oneof(
    fc.tuple(frame, fc.array(fc.tuple(place, fc.nat({ max: 7 })), LIST)).map(([bytes, list]) => {
      const copy = bytes.slice();
      for (const [at, bit] of list) {
        copy[at % copy.length] = (copy[at % copy.length] as number) ^ (1 << bit);
      }
      return copy;
    }),
    fc.tuple(frame, fc.array(fc.tuple(place, telling), LIST)).map(([bytes, list]) => {
      const copy = bytes.slice();
      for (const [at, byte] of list) copy[at % copy.length] = byte;
      return copy;
    }),
    fc.tuple(frame, place, fc.integer({ min: 1, max: 40 }), fc.nat({ max: 2 })).map(spliced),
    fc
      .tuple(frame, fc.array(fc.tuple(fc.nat({ max: 4 }), place, place, value), LIST))
      .map(([bytes, list]) => {
        const text = list.reduce((all, each) => editField(all, ...each), decoder.decode(bytes));
        return encoder.encode(text);
      }),
  );
}

const LIST = { minLength: 1, maxLength: 3 };

function spliced([bytes, at, length, mode]: [Uint8Array, number, number, number]): Uint8Array {
  const from = at % bytes.length;
  const before = bytes.subarray(0, from);
  if (mode === 0) return Buffer.concat([before, bytes.subarray(from + length)]);
  if (mode === 1) return Buffer.concat([bytes.subarray(0, from + length), bytes.subarray(from)]);
  return before.slice();
}

function editField(text: string, mode: number, a: number, b: number, put: string): string {
  const fields = [...text.matchAll(FIELD)];
  const first = fields[a % Math.max(1, fields.length)];
  const second = fields[b % Math.max(1, fields.length)];
  if (first === undefined || second === undefined) return text;
  const end = first.index + first[0].length;
  const cut = (replacement: string) => text.slice(0, first.index) + replacement + text.slice(end);
  const added = `"${first[1]}":${put}`;
  if (mode === 0) return cut(added);
  if (mode === 1) return cut(b % 2 === 0 ? `${first[0]},${added}` : `${added},${first[0]}`);
  if (mode === 2) return cut(`"zz":${put}`);
  if (mode === 3) return cut(`${first[0]},${second[0]}`);
  return cut(`"${first[1]}":${second[2]}`);
}
