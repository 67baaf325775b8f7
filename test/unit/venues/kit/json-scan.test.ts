import { describe, expect, test } from 'bun:test';
import { JsonScanner, keyCode, LONG_KEY, template } from '../../../../src/venues/kit/json-scan.ts';
import { scanLevels } from '../../../../src/venues/kit/level-scan.ts';
import { createDepthMessage } from '../../../../src/venues/kit/messages.ts';

function scanner(text: string, extra = ''): JsonScanner {
  const scan = new JsonScanner();
  const bytes = template(text + extra);
  scan.reset(bytes, bytes.length - template(extra).length);
  return scan;
}

describe('the byte scanner', () => {
  test('never reads behind the frame in a larger buffer', () => {
    expect(scanner('12', '34').unsigned()).toBe(12);
    expect(scanner('"1.5', '"').quotedDecimal()).toBe(-1);
    expect(scanner('tru', 'e').flag()).toBe(-1);
    expect(scanner('"a"', ':').key()).toBe(-1);
    expect(scanner('"ab"', ':').key()).toBe(-1);
    expect(scanner('"ab', '"').skipString()).toBe(false);
    expect(scanner('{', '{').match(template('{{'))).toBe(false);
    const spent = scanner('', 'x');
    expect([spent.peek(), spent.take(), spent.isDone]).toEqual([-1, -1, true]);
  });

  test('limits itself to the bytes there are', () => {
    const scan = new JsonScanner();
    scan.reset(template('12'), 99);
    expect(scan.unsigned()).toBe(12);
    expect(scan.isDone).toBe(true);
  });

  test.each([
    ['0', 0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', -1],
    ['9007199254740993', -1],
    ['9999999999999999', -1],
    ['90071992547409910', -1],
    ['01', -1],
    ['00', -1],
    ['-1', -1],
    ['', -1],
  ])('reads the integer %p as %p', (text, expected) => {
    expect(scanner(text).unsigned()).toBe(expected);
  });

  test('leaves fractions and exponents for whoever comes next to refuse', () => {
    for (const text of ['1.0', '1e3']) {
      const scan = scanner(text);
      expect(scan.unsigned()).toBe(1);
      expect(scan.isDone).toBe(false);
    }
  });

  test('knows keys by their code', () => {
    expect(scanner('"e":').key()).toBe(keyCode('e'));
    expect(scanner('"pu":').key()).toBe(keyCode('pu'));
    expect(keyCode('e')).not.toBe(keyCode('E'));
    expect(scanner('"lastUpdateId":').key()).toBe(LONG_KEY);
    expect(scanner('"":1').key()).toBe(LONG_KEY);
  });

  test.each(['e":', '"e" :', '"e"', '"\\"":', '"\\u0065":', '"é":', '"\n":', "'e':", '"a\\":'])(
    'refuses the key %p',
    (text) => {
      expect(scanner(text).key()).toBe(-1);
    },
  );

  test.each(['"x"', '""', '0', '-0', '-12.50', '1.5', 'true', 'false', 'null'])(
    'passes over %p',
    (text) => {
      const scan = scanner(text);
      expect(scan.skipScalar() && scan.isDone).toBe(true);
    },
  );

  test.each(['"a\\n"', '"é"', '"a', '01', '1.', '-', '-.5', '{}', '[]', 'nul', 'NaN', ''])(
    'does not pass over %p',
    (text) => {
      expect(scanner(text).skipScalar()).toBe(false);
    },
  );
});

describe('book levels', () => {
  test('grow the message when there are more than it holds', () => {
    const message = createDepthMessage();
    const count = message.prices.length * 2 + 3;
    const pairs = Array.from({ length: count }, (_, i) => [`${i + 1}.50`, `${i}`]);
    expect(scanLevels(scanner(JSON.stringify(pairs)), message, 2)).toBe(count);
    expect(message.prices[2 + count - 1]).toBe(count + 0.5);
    expect(message.sizes[2 + count - 1]).toBe(count - 1);
  });

  test.each([
    ['[]', 0],
    ['[["1","2"]]', 1],
    ['[["1","2"],["3","0.000"]]', 2],
    ['[["1","2"],]', -1],
    ['[["1","2","3"]]', -1],
    ['[["1"]]', -1],
    ['[[1,2]]', -1],
    ['[["1","-2"]]', -1],
    ['[["1","2"]', -1],
    ['{}', -1],
    ['', -1],
  ])('of %p number %p', (text, expected) => {
    expect(scanLevels(scanner(text), createDepthMessage(), 0)).toBe(expected);
  });
});
