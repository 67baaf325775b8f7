/** TDS packets: an 8-byte header and a body; a message is a run of them that ends with EOM. */
export const PacketType = {
  batch: 0x01,
  rpc: 0x03,
  result: 0x04,
  attention: 0x06,
  bulk: 0x07,
  transaction: 0x0e,
  login: 0x10,
  prelogin: 0x12,
} as const;

const HEADER_LENGTH = 8;
const END_OF_MESSAGE = 0x01;

export interface TdsMessage {
  readonly type: number;
  readonly body: Buffer;
}

/** Puts packets together from whatever pieces the socket brings. */
export class PacketReader {
  /** Bytes of the message under way. */
  pendingLength = 0;
  pendingType = 0;
  #rest: Buffer[] = [];
  #restLength = 0;
  #parts: Buffer[] = [];

  /** Messages completed by `data`. */
  push(data: Buffer): TdsMessage[] {
    this.#rest.push(data);
    this.#restLength += data.length;
    const messages: TdsMessage[] = [];
    if (this.#restLength < HEADER_LENGTH) return messages;
    const bytes = this.#rest.length === 1 ? data : Buffer.concat(this.#rest);
    let at = 0;
    while (bytes.length - at >= HEADER_LENGTH) {
      const length = bytes.readUInt16BE(at + 2);
      if (bytes.length - at < length) break;
      this.pendingType = bytes[at] as number;
      this.#parts.push(bytes.subarray(at + HEADER_LENGTH, at + length));
      this.pendingLength += length - HEADER_LENGTH;
      if (((bytes[at + 1] as number) & END_OF_MESSAGE) !== 0) {
        messages.push({ type: this.pendingType, body: Buffer.concat(this.#parts) });
        this.#parts = [];
        this.pendingLength = 0;
      }
      at += length;
    }
    this.#rest = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#restLength = bytes.length - at;
    return messages;
  }
}

/** A message as packets of at most `packetLength` bytes. */
export function packetsOf(type: number, body: Buffer, packetLength: number): Buffer {
  const partLength = packetLength - HEADER_LENGTH;
  const packets: Buffer[] = [];
  for (let at = 0, number = 1; at === 0 || at < body.length; at += partLength, number += 1) {
    const part = body.subarray(at, at + partLength);
    const header = Buffer.alloc(HEADER_LENGTH);
    header[0] = type;
    header[1] = at + partLength >= body.length ? END_OF_MESSAGE : 0;
    header.writeUInt16BE(part.length + HEADER_LENGTH, 2);
    header[6] = number & 0xff;
    packets.push(header, part);
  }
  return Buffer.concat(packets);
}
