/** Changes to a venue's frames that a decoder must bear (unknown fields) or refuse (garbage). */
import type { Frame } from './wire-proxy.ts';

const EXTRA = '"zz_unknown":{"a":[1,"x",null,{"b":true}]}';
/** Protobuf: field 1999, a varint of 1. */
const EXTRA_FIELD = [0xf8, 0x7c, 0x01];

/** Adds a field nobody knows to the frame and to each object in it; other text stays as it was. */
export function withUnknownFields(frame: Frame): Frame {
  if (typeof frame !== 'string') return new Uint8Array([...frame, ...EXTRA_FIELD]);
  let out = '';
  let isInText = false;
  for (let i = 0; i < frame.length; i += 1) {
    const char = frame[i];
    out += char;
    if (isInText && char === '\\') {
      i += 1;
      out += frame[i] ?? '';
    } else if (char === '"') isInText = !isInText;
    else if (!isInText && char === '{') out += frame[i + 1] === '}' ? EXTRA : `${EXTRA},`;
  }
  return out;
}

/** True for frames that carry data, not a word of the protocol such as `pong`. */
export function isData(frame: Frame): boolean {
  return typeof frame !== 'string' || frame.length > 60;
}

/** No decoder may take this for anything. */
export function garbageOf(frame: Frame, kind: number): Frame {
  if (typeof frame !== 'string') return new Uint8Array(1 + (frame.length >> 1)).fill(0xff);
  const half = frame.length >> 1;
  if (kind % 3 === 0) return frame.slice(0, half);
  if (kind % 3 === 1) return `${frame.slice(0, half)}\u0001${frame.slice(half + 1)}`;
  return `${frame}${frame.slice(0, half)}`;
}
