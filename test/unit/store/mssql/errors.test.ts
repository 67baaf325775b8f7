/** The server's and the driver's errors, by what the engine does about them. */
import { describe, expect, test } from 'bun:test';
import { EngineError } from '../../../../src/base/errors.ts';
import { errorNumber, explainError } from '../../../../src/store/mssql/errors.ts';
import { RowError } from '../../../../src/store/server/server-session.ts';

function serverError(number: number, level = 16): Error {
  return Object.assign(new Error(`message ${number}`), { number, class: level, code: 'EREQUEST' });
}

function explained(error: unknown): EngineError {
  const result = explainError(error, 'db:1433/market');
  if (!(result instanceof EngineError)) throw new Error(`not explained: ${String(result)}`);
  return result;
}

describe('mssql errors', () => {
  test.each([1205, 1222, 3960, 40501, 40613, 10928, 49918, 701, 17142, 9002, 1105, 233, 10054])(
    '%p is worth another try',
    (number) => {
      expect(explained(serverError(number)).retry).toBe('retry');
    },
  );

  test.each([2627, 2601, 547, 515, 8152, 2628, 8115, 242, 241, 245, 8114, 4863])(
    '%p is the fault of a row',
    (number) => {
      const error = explained(serverError(number));
      expect(error).toBeInstanceOf(RowError);
      expect(error.message).toContain(String(number));
    },
  );

  test.each([
    [18456, 'store-login', /check user and password/],
    [4060, 'store-database', /create the database/],
    [229, 'store-permission', /roles\.sql/],
  ] as const)('%p is for a person to mend: one line says how', (number, code, advice) => {
    const error = explained(serverError(number, 14));
    expect(error).toMatchObject({ code, retry: 'fatal' });
    expect(error.message).toMatch(advice);
    expect(error.message).not.toContain('\n');
  });

  test.each(['ESOCKET', 'ETIMEOUT', 'ECONNCLOSED', 'EABORT', 'ENOTOPEN'])(
    '%p of the driver means the connection is gone',
    (code) => {
      const error = explained(Object.assign(new Error('gone'), { code }));
      expect(error).toMatchObject({ code: 'store-connection', retry: 'retry' });
    },
  );

  test('a severe error of any number is worth another try, a plain unknown one is not', () => {
    expect(explained(serverError(99_999, 20)).retry).toBe('retry');
    expect(explained(serverError(99_999, 16)).retry).toBe('fatal');
  });

  test('a certificate that nobody vouches for is TLS', () => {
    const cause = Object.assign(new Error('self signed certificate'), { code: 'ESOCKET' });
    expect(explained(cause)).toMatchObject({ code: 'store-tls', retry: 'fatal' });
  });

  test('a host that is called after TLS is no fault of TLS', () => {
    const where = 'ssl-db.example:1433/market';
    for (const [text, code] of [
      [
        'Failed to connect to ssl-db.example:1433 - getaddrinfo ENOTFOUND ssl-db.example',
        'ESOCKET',
      ],
      ['Failed to connect to ssl-db.example:1433 in 15000ms', 'ETIMEOUT'],
    ] as const) {
      const error = explainError(Object.assign(new Error(text), { code }), where);
      expect(error).toMatchObject({ code: 'store-connection', retry: 'retry' });
    }
    const text = 'Failed to connect to ssl-db.example:1433 - self signed certificate';
    const error = explainError(Object.assign(new Error(text), { code: 'ESOCKET' }), where);
    expect(error).toMatchObject({ code: 'store-tls', retry: 'fatal' });
  });

  test('the number is found wherever the driver put it, and passwords are not said', () => {
    const inner = Object.assign(new Error('Violation'), { info: serverError(2627) });
    const outer = Object.assign(new Error('Violation'), { originalError: inner });
    expect(errorNumber(outer)).toBe(2627);
    const text = explained(new Error('cannot reach mssql://u:hush@h/m')).message;
    expect(text).not.toContain('hush');
  });
});
