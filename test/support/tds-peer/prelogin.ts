/** PRELOGIN: a table of options; the one that matters here says who wants encryption. */
const VERSION = 0x00;
const ENCRYPTION = 0x01;
const END = 0xff;
const Encryption = { off: 0, on: 1, notSupported: 2, required: 3 } as const;

function optionOf(body: Buffer, wanted: number): Buffer | undefined {
  for (let at = 0; body[at] !== END && at + 5 <= body.length; at += 5) {
    if (body[at] !== wanted) continue;
    const start = body.readUInt16BE(at + 1);
    return body.subarray(start, start + body.readUInt16BE(at + 3));
  }
  return undefined;
}

export function isEncryptionWanted(body: Buffer): boolean {
  const value = optionOf(body, ENCRYPTION)?.[0];
  return value === Encryption.on || value === Encryption.required;
}

export function preloginAnswer(isOffered: boolean, isEncrypted: boolean): Buffer {
  const off = isOffered ? Encryption.off : Encryption.notSupported;
  const version = Buffer.from([16, 0, 0, 0, 0, 0]);
  const encryption = Buffer.from([isEncrypted ? Encryption.on : off]);
  const start = 11;
  const table = Buffer.alloc(start);
  table[0] = VERSION;
  table.writeUInt16BE(start, 1);
  table.writeUInt16BE(version.length, 3);
  table[5] = ENCRYPTION;
  table.writeUInt16BE(start + version.length, 6);
  table.writeUInt16BE(encryption.length, 8);
  table[10] = END;
  return Buffer.concat([table, version, encryption]);
}
