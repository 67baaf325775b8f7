import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  MESSAGE_LENGTH_MAX,
  MessageReader,
  PROTOCOL_ERROR,
  TOO_LARGE,
} from '../../../src/net/web-socket/message-reader.ts';
import { serverFrame } from '../../support/server-frame.ts';

const TEXT = 0x81;
const PING = 0x89;

function reading(onMessage: (reader: MessageReader) => void = () => {}) {
  const told: string[] = [];
  const reader: MessageReader = new MessageReader({
    onMessage: (isText, bytes, from, to) => {
      told.push(`${isText ? 'text' : 'binary'} ${bytes.toString('latin1', from, to)}`);
      onMessage(reader);
    },
    onPing: (payload) => told.push(`ping ${Buffer.from(payload).toString('latin1')}`),
    onClose: (code, reason) => told.push(`close ${code} ${reason}`),
  });
  return { reader, told };
}

const length = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000),
);
const message = fc.record({
  isText: fc.boolean(),
  lengths: fc.array(length, { minLength: 1, maxLength: 4 }),
  hasPings: fc.boolean(),
});

/** Payloads differ by position, so that a byte in the wrong place shows. */
function payload(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1) bytes[i] = 0x20 + ((seed * 31 + i) % 95);
  return bytes;
}

describe('messages of a WebSocket server', () => {
  test('are the same however the bytes are cut, fragments and pings between them included', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), cuts, (messages, cuts) => {
        const frames: Buffer[] = [];
        const expected: string[] = [];
        for (const [seed, { isText, lengths, hasPings }] of messages.entries()) {
          const parts = lengths.map((length, i) => payload(seed + i, length));
          for (const [i, part] of parts.entries()) {
            const opcode = i > 0 ? 0 : isText ? 1 : 2;
            frames.push(serverFrame((i === parts.length - 1 ? 0x80 : 0) | opcode, part));
            if (!hasPings || i === parts.length - 1) continue;
            frames.push(serverFrame(PING, Buffer.from('?')));
            expected.push('ping ?');
          }
          const whole = Buffer.concat(parts).toString('latin1');
          expected.push(`${isText ? 'text' : 'binary'} ${whole}`);
        }
        const bytes = Buffer.concat(frames);
        const { reader, told } = reading();
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const step = cuts[i % cuts.length] as number;
          // A chunk is not valid beyond the call: what the reader keeps must be a copy.
          const chunk = Buffer.from(bytes.subarray(at, at + step));
          expect(reader.take(chunk)).toBe(0);
          chunk.fill(0);
          at += step;
        }
        expect(told).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('a long frame that comes byte by byte is put together', () => {
    const { reader, told } = reading();
    const bytes = serverFrame(TEXT, payload(1, 70_000));
    for (let i = 0; i < bytes.length; i += 1) reader.take(Buffer.from(bytes.subarray(i, i + 1)));
    expect(told).toEqual([`text ${payload(1, 70_000).toString('latin1')}`]);
  });

  test.each([
    ['a masked frame', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), PROTOCOL_ERROR],
    ['a reserved bit', Buffer.from([0xc1, 0]), PROTOCOL_ERROR],
    ['an unknown data frame', serverFrame(0x83, Buffer.alloc(1)), PROTOCOL_ERROR],
    ['an unknown control frame', serverFrame(0x8b, Buffer.alloc(1)), PROTOCOL_ERROR],
    ['a continuation of nothing', serverFrame(0x80, Buffer.alloc(1)), PROTOCOL_ERROR],
    [
      'a whole text inside a fragmented one',
      Buffer.concat([serverFrame(0x01, Buffer.alloc(1)), serverFrame(TEXT, Buffer.alloc(1))]),
      PROTOCOL_ERROR,
    ],
    [
      'a binary inside a fragmented text',
      Buffer.concat([serverFrame(0x01, Buffer.alloc(1)), serverFrame(0x82, Buffer.alloc(1))]),
      PROTOCOL_ERROR,
    ],
    ['a ping in fragments', serverFrame(0x09, Buffer.alloc(1)), PROTOCOL_ERROR],
    ['a ping of 126 bytes', serverFrame(PING, Buffer.alloc(126)), PROTOCOL_ERROR],
    ['a close frame of one byte', serverFrame(0x88, Buffer.alloc(1)), PROTOCOL_ERROR],
    ['a length beyond the limit', Buffer.from([0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]), TOO_LARGE],
    ['a length of 2^63', Buffer.from([0x82, 127, 128, 0, 0, 0, 0, 0, 0, 0]), TOO_LARGE],
  ])('%s ends the connection, whole or in pieces', (_what, bytes, code) => {
    const before = serverFrame(TEXT, Buffer.from('fine'));
    const whole = reading();
    expect(whole.reader.take(Buffer.concat([before, bytes]))).toBe(code);
    const pieces = reading();
    const codes = [...Buffer.concat([before, bytes])].map((byte) =>
      pieces.reader.take(Buffer.from([byte])),
    );
    expect(codes.filter((each) => each !== 0)).toEqual([code]);
    // What came before counts; what comes behind does not.
    for (const { reader, told } of [whole, pieces]) {
      expect(reader.take(serverFrame(TEXT, Buffer.from('late')))).toBe(0);
      expect(told).toEqual(['text fine']);
    }
  });

  test('fragments that are too long together end the connection', () => {
    const { reader, told } = reading();
    const half = Buffer.alloc(MESSAGE_LENGTH_MAX / 2 + 1);
    expect(reader.take(serverFrame(0x02, half))).toBe(0);
    expect(reader.take(serverFrame(0x80, half))).toBe(TOO_LARGE);
    expect(told).toEqual([]);
  });

  test('a close frame says its code and reason, and is the last thing told', () => {
    const bytes = Buffer.concat([
      serverFrame(0x88, Buffer.concat([Buffer.from([0x03, 0xf0]), Buffer.from('zu spät')])),
      serverFrame(TEXT, Buffer.from('late')),
    ]);
    const { reader, told } = reading();
    expect(reader.take(bytes)).toBe(0);
    expect(told).toEqual(['close 1008 zu spät']);
    const empty = reading();
    empty.reader.take(serverFrame(0x88, Buffer.alloc(0)));
    expect(empty.told).toEqual(['close 1005 ']);
  });

  test('who stops reading in the middle of a chunk is told nothing more of it', () => {
    const { reader, told } = reading((own) => own.stop());
    const two = [serverFrame(TEXT, Buffer.from('one')), serverFrame(TEXT, Buffer.from('two'))];
    reader.take(Buffer.concat(two));
    expect(told).toEqual(['text one']);
  });
});
