/** What a WebSocket client sends: one frame a message, masked (RFC 6455, section 5.3). */
import { randomFillSync } from 'node:crypto';
import { Opcode } from './opcode.ts';

const MASK_BIT = 0x80;
const MASK_LENGTH = 4;

export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 1 << 16 ? 2 : 8;
  const maskAt = 2 + lengthBytes;
  const frame = Buffer.allocUnsafe(maskAt + MASK_LENGTH + length);
  frame[0] = Opcode.final | opcode;
  frame[1] = MASK_BIT | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
  else if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  randomFillSync(frame, maskAt, MASK_LENGTH);
  const bodyAt = maskAt + MASK_LENGTH;
  for (let i = 0; i < length; i += 1) {
    frame[bodyAt + i] = (payload[i] as number) ^ (frame[maskAt + (i & 3)] as number);
  }
  return frame;
}

/** A close frame; the reason is cut to what a control frame takes. */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, 123);
  const payload = Buffer.allocUnsafe(2 + text.length);
  payload.writeUInt16BE(code, 0);
  text.copy(payload, 2);
  return clientFrame(Opcode.close, payload);
}
