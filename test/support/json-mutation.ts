/** Frames with accidents, as a wire or a venue could make them: in bytes, and in fields. */
import fc from 'fast-check';

/** What stands in place of a field: edges of numbers, texts that look like them, other types. */
const VALUES: readonly unknown[] = [
  ...[
    0,
    1,
    -1,
    1.5,
    1e21,
    5e-324,
    1e300,
    2 ** 53,
    -0.5,
    1e-9,
    1723161255343,
    1723161255343123,
    null,
    true,
    false,
  ],
  ...['', '0', '1', '-1', '1e5', '007.5', '.5', '5.', '0.0', 'NaN', '12345678.12345678', '1.5 '],
  ...['0.12345678901234567', 'A', 'B', 'buy', 'sell', 'new', 'delete', 'change', 'snapshot'],
  ...[[], {}, [[]], [null], [['new', 1, 2]], [{ px: '1', sz: '2' }], ['trades.X.100ms']],
];

/** One of `frames` with bytes flipped, cut or doubled, or with fields changed, gone or moved. */
export function mutatedFrames(frames: readonly string[]): fc.Arbitrary<Uint8Array> {
  const frame = fc.constantFrom(...frames);
  const edit = fc.tuple(fc.nat({ max: 3 }), fc.nat(), fc.nat());
  const fields = fc
    .tuple(frame, fc.array(edit, { minLength: 1, maxLength: 2 }))
    .map(([text, edits]) => encode(edits.reduce(editField, text)));
  const bytes = fc
    .tuple(frame, fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([text, edits]) => edits.reduce(editBytes, encode(text)));
  return fc.oneof({ arbitrary: fields, weight: 3 }, { arbitrary: bytes, weight: 1 });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function editField(text: string, [mode, where, by]: [number, number, number]): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const places = placesOf(value);
  const place = places[where % places.length];
  if (place === undefined) return text;
  const { holder, key } = place;
  if (mode === 0) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (mode === 1) {
    const other = places[by % places.length];
    if (other !== undefined) (holder as Holder)[key] = (other.holder as Holder)[other.key];
  } else (holder as Holder)[key] = VALUES[by % VALUES.length];
  try {
    return JSON.stringify(value);
  } catch {
    // A field moved into itself.
    return text;
  }
}

type Holder = Record<string, unknown>;

/** Every field of every object and item of every array. */
function placesOf(value: unknown): { holder: Holder | unknown[]; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key])]);
}

function editBytes(bytes: Uint8Array, [mode, where, by]: [number, number, number]): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = where % bytes.length;
  const length = 1 + (by % 40);
  if (mode === 0) return bytes.slice(0, at);
  if (mode === 1) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  if (mode === 2) return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ (1 << (by % 8));
  return copy;
}
