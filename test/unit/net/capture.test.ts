import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { at } from '../../../src/base/assert.ts';
import { parseRestPayload, restPayload } from '../../../src/net/capture-format.ts';
import { type CaptureReport, captureEvents } from '../../../src/net/capture-reader.ts';
import { CaptureWriter, type CaptureWriterOptions } from '../../../src/net/capture-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'tickspine-capture-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let dirs = 0;
const freshDir = () => join(root, String(++dirs));

const encoder = new TextEncoder();
const STARTED_US = Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000;

interface Line {
  readonly recvUs: number;
  readonly feed: string;
  readonly connection: number;
  readonly kind: string;
  readonly bytes: Uint8Array;
}

const write = (dir: string, options: Partial<CaptureWriterOptions> = {}) =>
  new CaptureWriter({
    dir,
    venue: 'binance',
    startedUs: STARTED_US,
    rotateBytes: 1 << 30,
    flushMs: 60_000,
    ...options,
  });

const filesIn = (dir: string) =>
  readdirSync(dir)
    .sort()
    .map((name) => join(dir, name));

async function read(
  paths: readonly string[],
): Promise<{ lines: Line[]; reports: CaptureReport[] }> {
  const lines: Line[] = [];
  const reports: CaptureReport[] = [];
  for await (const event of captureEvents(paths, (report) => reports.push(report))) {
    const { recvUs, feed, connection, kind } = event;
    lines.push({ recvUs, feed, connection, kind, bytes: event.payload.slice() });
  }
  return { lines, reports };
}

async function readText(content: string | Uint8Array, name = 'a.cap') {
  const path = join(root, `${++dirs}-${name}`);
  writeFileSync(path, content);
  return read([path]);
}

const text = (line: Line | undefined) => new TextDecoder().decode(line?.bytes);

describe('a capture that is written and read', () => {
  test('gives back any frames, byte for byte and in order', async () => {
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 200 }).map((s) => encoder.encode(s)),
      fc
        .constantFrom('', '\n', '\r', 'a\nb', 'ends\r', ' ', '#capture 1')
        .map((s) => encoder.encode(s)),
    );
    const line = fc.record({
      recvUs: fc.integer({ min: 0, max: 9_007_199_254_740_991 }),
      feed: fc.constantFrom('binance.spot', 'binance.usdm', 'x'),
      connection: fc.nat(1_000),
      isText: fc.boolean(),
      frame,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 60 }),
        fc.integer({ min: 1, max: 400 }),
        async (lines, chunkBytes) => {
          const dir = freshDir();
          const writer = write(dir, { chunkBytes, rotateBytes: 2_000 });
          for (const { recvUs, feed, connection, isText, frame } of lines) {
            if (isText) writer.text(recvUs, feed, connection, frame);
            else writer.binary(recvUs, feed, connection, frame);
          }
          await writer.end();
          expect([writer.lines, writer.lost]).toEqual([lines.length, 0]);
          if (lines.length === 0) return;
          const { lines: found, reports } = await read(filesIn(dir));
          expect(found.map(({ kind: _, ...rest }) => rest)).toEqual(
            lines.map(({ isText: _, frame, ...rest }) => ({ ...rest, bytes: frame })),
          );
          for (const report of reports) expect([report.malformed, report.torn]).toEqual([0, '']);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('keeps every kind of event, and line breaks cannot split one', async () => {
    const dir = freshDir();
    const writer = write(dir);
    writer.opened(1, 'a.b', 0, 'wss://x/y?z=1');
    writer.sent(2, 'a.b', 0, '{"method":\n"SUBSCRIBE"}');
    writer.text(3, 'a.b', 0, encoder.encode('{"p":"Ünïcødé 中"}'));
    writer.rest(4, 'a.b', 0, 'https://x/"q"', 200, '{"id": 12345678901234567890,\r\n"b":[]}');
    writer.rest(5, 'a.b', 0, 'https://x', 502, '<html>\n"bad" gateway</html>');
    writer.closed(6, 'a.b', 12, 1006, 'went\naway');
    writer.closed(7, 'a.b', 12, 1000, '');
    await writer.end();
    const { lines } = await read(filesIn(dir));
    expect(lines.map((line) => line.kind)).toEqual(
      'open sent text rest rest close close'.split(' '),
    );
    expect(text(lines[0])).toBe('wss://x/y?z=1');
    expect(text(lines[1])).toBe('{"method": "SUBSCRIBE"}');
    expect(text(lines[2])).toBe('{"p":"Ünïcødé 中"}');
    expect(parseRestPayload(text(lines[3]))).toEqual({
      url: 'https://x/"q"',
      status: 200,
      body: '{"id": 12345678901234567890,  "b":[]}',
    });
    expect(parseRestPayload(text(lines[4]))?.body).toBe('<html>\n"bad" gateway</html>');
    expect([text(lines[5]), text(lines[6])]).toEqual(['1006 went away', '1000 ']);
    expect(at(lines, 5).connection).toBe(12);
  });

  test('an answer of any text comes back, JSON with its digits', () => {
    fc.assert(
      fc.property(
        fc.webUrl(),
        fc.nat(999),
        fc.oneof(fc.string(), fc.json()),
        (url, status, body) => {
          const payload = restPayload({ url, status, body });
          expect(payload).not.toContain('\n');
          expect(JSON.parse(payload).status).toBe(status);
          const found = parseRestPayload(payload);
          const isContainer = /^\s*[[{]/.test(body) && found?.body !== body;
          if (isContainer) expect(JSON.parse(found?.body ?? '')).toEqual(JSON.parse(body));
          else expect(found).toEqual({ url, status, body });
        },
      ),
      { numRuns: 500 },
    );
    const foreign = '{"status":200, "url":"u", "body":{"a":1}}';
    expect(parseRestPayload(foreign)).toEqual({ url: 'u', status: 200, body: '{"a":1}' });
    expect(parseRestPayload('{"status":200}')).toBeUndefined();
    expect(parseRestPayload('nonsense')).toBeUndefined();
  });
});

describe('the capture writer', () => {
  test('names files by venue, UTC start and number, and never writes over one', async () => {
    const dir = freshDir();
    for (let run = 0; run < 2; run += 1) {
      const writer = write(dir, { chunkBytes: 200, rotateBytes: 1 });
      for (let i = 0; i < 3; i += 1) writer.text(i, 'f', run, encoder.encode('x'.repeat(150)));
      await writer.end();
    }
    const files = filesIn(dir);
    expect(files.map((path) => path.slice(dir.length + 1))).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => `binance-20260102T030405Z-000${n}.cap.zst`),
    );
    const { lines } = await read(files);
    expect(lines.map((line) => [line.connection, line.recvUs])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });

  test('writes after its interval without being asked', async () => {
    const dir = freshDir();
    const writer = write(dir, { flushMs: 5 });
    writer.text(1, 'f', 0, encoder.encode('hello'));
    for (const endMs = Date.now() + 5_000; writer.lines < 1 && Date.now() < endMs; )
      await Bun.sleep(1);
    expect((await read(filesIn(dir))).lines.length).toBe(1);
    await writer.end();
  });

  test('counts what does not fit into its bound and keeps the rest', async () => {
    const dir = freshDir();
    const problems: string[] = [];
    const writer = write(dir, {
      chunkBytes: 1_000,
      pendingBytesMax: 10_000,
      onProblem: (message) => problems.push(message),
    });
    for (let i = 0; i < 500; i += 1) writer.text(i, 'f', 0, encoder.encode('y'.repeat(100)));
    expect(writer.lost).toBeGreaterThan(300);
    expect(problems.length).toBe(1);
    await writer.flush();
    writer.text(500, 'f', 0, encoder.encode('after'));
    await writer.end();
    const { lines } = await read(filesIn(dir));
    expect(lines.length + writer.lost).toBe(501);
    expect(writer.lines).toBe(lines.length);
    expect(text(lines.at(-1))).toBe('after');
    writer.text(501, 'f', 0, encoder.encode('too late'));
    expect(lines.length + writer.lost).toBe(502);
  });

  test('says that a directory cannot be written, goes on, and is whole again with it', async () => {
    const blocked = freshDir();
    writeFileSync(blocked, 'a file where the directory should be');
    const problems: string[] = [];
    const writer = write(blocked, { onProblem: (message) => problems.push(message) });
    writer.text(1, 'f', 0, encoder.encode('x'));
    await writer.flush();
    expect([writer.lost, writer.lines, problems.length]).toEqual([1, 0, 1]);
    expect(writer.isFailing).toBe(true);
    rmSync(blocked);
    writer.text(2, 'f', 0, encoder.encode('x'));
    await writer.flush();
    expect([writer.lost, writer.lines, writer.isFailing]).toEqual([1, 1, false]);
    await writer.end();
  });
});

describe('the capture reader', () => {
  const HEAD = '#capture 1\n';

  test('counts lines that are none of the format, with their numbers', async () => {
    const { lines, reports } = await readText(
      `${HEAD}1 a#0 text x\nnot a line\n2 a#0 bin *!*\n\n3 a#0 what y\n4 a text z\n` +
        '12345678901234567 a#0 text z\n' +
        '-1 a#0 text z\n5 a#0 texts\n6 a#0\n#capture 1\n7 a#0 close\r\n',
    );
    expect(lines.map((line) => [line.recvUs, line.kind, text(line)])).toEqual([
      [1, 'text', 'x'],
      [7, 'close', ''],
    ]);
    const report = at(reports, 0);
    expect([report.malformed, report.events, report.lines]).toEqual([9, 2, 13]);
    expect(report.malformedLines).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('refuses a file without the header, naming what it found', async () => {
    const refused = 'is no capture: it begins with "{\\"a\\":1}\\n", not "#capture 1"';
    expect(readText('{"a":1}\n')).rejects.toThrow(refused);
    expect(readText('#capture 2\n1 a#0 text x\n')).rejects.toThrow('is no capture');
    expect(readText(Bun.zstdCompressSync('no capture'), 'b.cap.zst')).rejects.toThrow(
      'is no capture',
    );
    expect(read([join(root, 'absent.cap')])).rejects.toThrow('cannot open the capture');
  });

  test('reads lines longer than its block', async () => {
    const long = 'x'.repeat(3_000_000);
    const { lines } = await readText(`${HEAD}1 a#0 text ${long}\n2 a#0 text y\n`);
    expect(lines.map((line) => line.bytes.length)).toEqual([long.length, 1]);
  });

  test('reads gzip and zstd, of one member or many', async () => {
    const halves = [`${HEAD}1 a#0 text x\n2 a#`, '0 text y\n'];
    const packers = [
      ['c.cap.gz', (part: string) => gzipSync(part)],
      ['c.cap.zst', (part: string) => Bun.zstdCompressSync(part)],
    ] as const;
    for (const [name, pack] of packers) {
      for (const parts of [halves, [halves.join('')]]) {
        const { lines, reports } = await readText(Buffer.concat(parts.map(pack)), name);
        expect(lines.map(text)).toEqual(['x', 'y']);
        expect(at(reports, 0).torn).toBe('');
      }
    }
  });

  test('a file cut at any byte gives its whole lines and says that it is cut', async () => {
    const dir = freshDir();
    const writer = write(dir);
    for (let i = 0; i < 12; i += 1) {
      writer.text(i, 'binance.spot', 0, encoder.encode(`{"n":${i}}`));
      if (i % 3 === 2) await writer.flush();
    }
    await writer.end();
    const zst = readFileSync(at(filesIn(dir), 0));
    const plain = Bun.zstdDecompressSync(zst);
    // A kill at the end of a frame leaves a shorter but whole file: header and 0, 3, 6, 9 lines.
    let wholeCuts = 0;
    for (let cut = 0; cut <= zst.length; cut += 1) {
      const { lines, reports } = await readText(zst.subarray(0, cut), 'cut.cap.zst');
      const isWhole = at(reports, 0).torn === '';
      if (isWhole) {
        wholeCuts += 1;
        expect(lines.length % 3).toBe(0);
      }
      expect(lines.map(text)).toEqual(lines.map((_, i) => `{"n":${i}}`));
      expect(at(reports, 0).malformed).toBe(0);
    }
    expect(wholeCuts).toBe(5);
    for (let cut = 0; cut <= plain.length; cut += 1) {
      const { lines, reports } = await readText(plain.subarray(0, cut), 'cut.cap');
      const newlines = plain.subarray(0, cut).filter((byte) => byte === 10).length;
      expect(lines.length).toBe(Math.max(0, newlines - 1));
      expect(at(reports, 0).torn === '').toBe(cut > 0 && plain[cut - 1] === 10);
    }
    const gz = gzipSync(plain);
    for (let cut = 0; cut < gz.length; cut += 1) {
      const { lines, reports } = await readText(gz.subarray(0, cut), 'cut.cap.gz');
      expect(lines.map(text)).toEqual(lines.map((_, i) => `{"n":${i}}`));
      expect(at(reports, 0).torn).not.toBe('');
    }
  });

  test('a damaged frame ends the file there, and the report says so', async () => {
    const dir = freshDir();
    const writer = write(dir);
    for (let i = 0; i < 300; i += 1) {
      writer.text(i, 'f', 0, encoder.encode(`${Math.sin(i)}`));
      if (i === 99) await writer.flush();
    }
    await writer.end();
    const bytes = readFileSync(at(filesIn(dir), 0));
    const index = bytes.length - 200;
    bytes[index] = at(bytes, index) ^ 0xff;
    const { lines, reports } = await readText(bytes, 'damaged.cap.zst');
    expect(lines.slice(0, 100).map((line) => line.recvUs)).toEqual([...Array(100).keys()]);
    expect(at(reports, 0).torn).not.toBe('');
    const tail = Buffer.concat([
      Bun.zstdCompressSync(`${HEAD}1 a#0 text x\n`),
      Buffer.from('tail'),
    ]);
    expect(at((await readText(tail, 'tail.cap.zst')).reports, 0).torn).not.toBe('');
  });

  test('any bytes after the header are read without a throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        const { reports } = await readText(Buffer.concat([Buffer.from(HEAD), bytes]));
        const newlines = bytes.filter((byte) => byte === 10).length;
        expect(at(reports, 0).events + at(reports, 0).malformed).toBe(newlines);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a process that is killed while it captures', () => {
  test('leaves a file that is whole up to its last frame', async () => {
    const dir = freshDir();
    const module = join(import.meta.dir, '../../../src/net/capture-writer.ts');
    const script = `
      import { CaptureWriter } from ${JSON.stringify(module)};
      const writer = new CaptureWriter({
        dir: ${JSON.stringify(dir)}, venue: 'v', startedUs: 0,
        rotateBytes: 20_000, chunkBytes: 4_096,
      });
      for (let i = 0; ; i += 1) {
        writer.text(i, 'f', 0, new TextEncoder().encode('{"n":' + Math.sin(i) + '}'));
        if (i % 100 === 99) await writer.flush();
      }`;
    const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'ignore' });
    const deadlineMs = Date.now() + 20_000;
    while (!(existsSync(dir) && readdirSync(dir).length >= 3)) {
      expect(Date.now()).toBeLessThan(deadlineMs);
      await Bun.sleep(2);
    }
    child.kill('SIGKILL');
    await child.exited;
    const { lines, reports } = await read(filesIn(dir));
    expect(lines.length).toBeGreaterThan(1_000);
    expect(lines.map((line) => line.recvUs)).toEqual([...lines.keys()]);
    for (const report of reports) expect(report.malformed).toBe(0);
    for (const report of reports.slice(0, -1)) expect(report.torn).toBe('');
  });
});

describe('the shared captures', () => {
  const dir = join(import.meta.dir, '../../../../shared/captures');
  const isAbsent = !existsSync(dir);
  if (isAbsent) console.log(`skipped: ${dir} is absent`);

  test.skipIf(isAbsent)('are read whole, and the same after being written again', async () => {
    for (const path of filesIn(dir).filter((name) => name.endsWith('.cap.gz'))) {
      const { lines, reports } = await read([path]);
      expect(at(reports, 0)).toMatchObject({ malformed: 0, torn: '' });
      const again = freshDir();
      const writer = write(again, { rotateBytes: 500_000, pendingBytesMax: 1 << 28 });
      for (const line of lines) {
        const { recvUs, feed, connection, kind, bytes } = line;
        if (kind === 'text') writer.text(recvUs, feed, connection, bytes);
        else if (kind === 'bin') writer.binary(recvUs, feed, connection, bytes);
      }
      await writer.end();
      const frames = lines.filter(({ kind }) => kind === 'text' || kind === 'bin');
      const copy = await read(filesIn(again));
      expect(copy.lines.length).toBe(frames.length);
      expect(
        copy.lines.every((line, i) => Buffer.compare(line.bytes, at(frames, i).bytes) === 0),
      ).toBe(true);
    }
  });
});
