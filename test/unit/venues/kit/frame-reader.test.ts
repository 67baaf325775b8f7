/** Shapes of frames: learned from one frame, kept to by the byte, never beyond the frame's end. */
import { describe, expect, test } from 'bun:test';
import { FrameReader } from '../../../../src/venues/kit/frame-reader.ts';
import {
  choice,
  constant,
  digits,
  flag,
  isoTime,
  name,
  never,
  object,
  openTuple,
  optional,
  quotedDecimal,
  quotedUnsigned,
  rows,
  same,
  text,
  tuple,
  unsigned,
} from '../../../../src/venues/kit/frame-spec.ts';
import { SymbolTable } from '../../../../src/venues/kit/symbol-table.ts';

const encoder = new TextEncoder();
const table = new SymbolTable([
  ['BTC', 4],
  ['ETH', 5],
  ['A-VERY-LONG-NAME-OF-A-CONTRACT', 6],
]);

const TRADES = object({
  op: never,
  channel: constant('trades'),
  symbol: name(0, table),
  data: rows(0, object({ s: same, p: quotedDecimal(0), side: choice(1, ['buy', 'sell']) })),
});
const BOOK = object({
  channel: constant('book'),
  topic: name(0, table, /^(book\.)([^.]+)(\.raw)$/),
  seq: digits(1),
  at: isoTime(3),
  id: text(4),
  n: optional(unsigned(6), -1),
  ts: quotedUnsigned(7),
  isWhole: flag(8),
  bids: rows(1, tuple(quotedDecimal(0), quotedDecimal(1))),
  asks: rows(2, openTuple(quotedDecimal(0), quotedDecimal(1))),
});

const TRADE_FRAME =
  '{"channel":"trades","x":[1,{"y":null}],"symbol":"BTC",' +
  '"data":[{"s":"BTC","p":"12.50","side":"sell","more":-1.5}]}';
const BOOK_FRAME =
  '{"channel":"book","topic":"book.ETH.raw","seq":1304917553663436243,' +
  '"at":"2026-11-27T23:36:08.851Z","id":"a-1","ts":"1795822568829","isWhole":true,' +
  '"bids":[["1.5","2"],["1.25","0.5"]],"asks":[["2","3","0","1"]]}';

function createReader(...examples: readonly string[]): FrameReader {
  const reader = new FrameReader([TRADES, BOOK], [2, 2, 2]);
  for (const each of examples) reader.learn(encoder.encode(each), each.length);
  return reader;
}

function read(reader: FrameReader, frame: string): number {
  return reader.read(encoder.encode(frame), frame.length);
}

describe('a reader of frames', () => {
  test('knows nothing before it learned', () => {
    expect(read(createReader(), TRADE_FRAME)).toBe(-1);
    expect(read(createReader('{"channel":"trades"}', '[]', 'pong', ''), TRADE_FRAME)).toBe(-1);
  });

  test('reads other values in a shape it knows', () => {
    const reader = createReader(BOOK_FRAME, TRADE_FRAME);
    const frame =
      '{"channel":"trades","x":"text","symbol":"A-VERY-LONG-NAME-OF-A-CONTRACT",' +
      '"data":[{"s":"A-VERY-LONG-NAME-OF-A-CONTRACT","p":"0.1234567890123456","side":"buy",' +
      '"more":"plain"},{"s":"A-VERY-LONG-NAME-OF-A-CONTRACT","p":"7","side":"sell","more":2}]}';
    // What is nested in the example may be anything.
    expect(read(reader, frame)).toBe(0);
    const [trades] = reader.groups;
    expect([reader.values[0], trades?.count, trades?.precisionLoss]).toEqual([6, 2, true]);
    expect([trades?.lost(0), trades?.lost(trades.stride)]).toEqual([true, false]);
    const second = trades?.values.slice(trades.stride, trades.stride + 2);
    expect([...(second ?? [])]).toEqual([7, 1]);
  });

  test('reads names within texts, long digits, times, both kinds of rows', () => {
    const reader = createReader(BOOK_FRAME);
    const frame = BOOK_FRAME.replace('"2"],["1.25"', '"2.75"],["1.25"').replace('[["2"', '[["2.5"');
    expect(read(reader, frame)).toBe(1);
    const { values, groups } = reader;
    expect(values[0]).toBe(5);
    expect(reader.textOf(values[1] as number, values[2] as number)).toBe('1304917553663436243');
    expect(values[3]).toBe(Date.parse('2026-11-27T23:36:08.851Z') * 1000);
    expect(reader.textOf(values[4] as number, values[5] as number)).toBe('a-1');
    expect([...values.slice(6, 9)]).toEqual([-1, 1795822568829, 1]);
    expect(groups.map(({ count }) => count)).toEqual([0, 2, 1]);
    expect([...(groups[1]?.values.slice(0, 2) ?? [])]).toEqual([1.5, 2.75]);
    expect([...(groups[2]?.values.slice(0, 2) ?? [])]).toEqual([2.5, 3]);
    expect(read(reader, BOOK_FRAME.replace('[["2","3","0","1"]]', '[]'))).toBe(1);
  });

  test.each([
    ['another key', TRADE_FRAME.replace('"side"', '"sido"')],
    ['another order', TRADE_FRAME.replace('"s":"BTC","p":"12.50"', '"p":"12.50","s":"BTC"')],
    ['a second key of a name', TRADE_FRAME.replace('"more"', '"p":"1","more"')],
    ['another channel', TRADE_FRAME.replace('trades', 'tradez')],
    ['an unknown name', TRADE_FRAME.replaceAll('BTC', 'BTX')],
    ['a name that only begins alike', TRADE_FRAME.replaceAll('BTC', 'BTCC')],
    ['rows of another name', TRADE_FRAME.replace('"s":"BTC"', '"s":"ETH"')],
    ['an unknown choice', TRADE_FRAME.replace('sell', 'sold')],
    ['a choice that goes on', TRADE_FRAME.replace('sell', 'sells')],
    ['a number for a text', TRADE_FRAME.replace('"12.50"', '12.50')],
    ['a leading zero', TRADE_FRAME.replace('12.50', '012.50')],
    ['an exponent', TRADE_FRAME.replace('12.50', '1e5')],
    ['a point without digits', TRADE_FRAME.replace('12.50', '12.')],
    ['a sign', TRADE_FRAME.replace('12.50', '-12.50')],
    ['white space', TRADE_FRAME.replace(':[', ': [')],
    ['an escape', TRADE_FRAME.replace('"x":[1,{"y":null}]', '"x":"a\\"b"')],
    ['a control character', TRADE_FRAME.replace('"x":[1,{"y":null}]', '"x":"a\u0001b"')],
    ['an end too early', TRADE_FRAME.slice(0, -1)],
    ['bytes behind the end', `${TRADE_FRAME}}`],
    ['a row cut off', TRADE_FRAME.replace(',"more":-1.5}', '')],
  ])('is not sure of %s', (_, frame) => {
    expect(read(createReader(TRADE_FRAME), frame)).toBe(-1);
  });

  test('never takes bytes behind the frame for part of it', () => {
    const reader = createReader(TRADE_FRAME);
    const buffer = new Uint8Array(4096);
    buffer.set(encoder.encode(TRADE_FRAME));
    for (let length = 0; length < TRADE_FRAME.length; length += 1) {
      // What is left of an older frame goes on as this one would.
      expect(reader.read(buffer, length)).toBe(-1);
      expect(reader.read(buffer.slice(0, length), length)).toBe(-1);
    }
    expect(reader.read(buffer, TRADE_FRAME.length)).toBe(0);
  });

  test('compares nothing with a name that is still to come', () => {
    const [, head = '', symbol = '', data = ''] =
      /^(.*)("symbol":"BTC",)(.*)}$/.exec(TRADE_FRAME) ?? [];
    const turned = `${head}${data},${symbol.slice(0, -1)}}`;
    const reader = createReader(turned, TRADE_FRAME);
    expect(read(reader, TRADE_FRAME)).toBe(0);
    expect(read(reader, turned)).toBe(-1);
  });

  test('learns no frame that holds what makes it another one', () => {
    const frame = TRADE_FRAME.replace('{"channel"', '{"op":"x","channel"');
    expect(read(createReader(frame), frame)).toBe(-1);
    expect(read(createReader(TRADE_FRAME), frame)).toBe(-1);
    // Of two fields of a name a parser takes the last.
    const twice = TRADE_FRAME.replace('"more":-1.5', '"p":"1"');
    expect(read(createReader(twice), twice)).toBe(-1);
  });

  test('stops looking at every frame of a venue whose frames are all different', () => {
    const reader = createReader();
    const frameOf = (i: number) => `{"k${i}":0,${TRADE_FRAME.slice(1)}`;
    let known = 0;
    for (let i = 0; i < 400; i += 1) {
      const frame = frameOf(i);
      reader.learn(encoder.encode(frame), frame.length);
      if (read(reader, frame) === 0) known += 1;
    }
    expect(known).toBeGreaterThan(60);
    expect(known).toBeLessThan(80);
    // The newest shapes are those that are kept.
    expect(read(reader, frameOf(0))).toBe(-1);
  });
});
