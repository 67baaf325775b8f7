import { expect, test } from 'bun:test';
import { explainError } from '../../../../src/store/postgres/server-errors.ts';
import { RowError } from '../../../../src/store/server/server-session.ts';

const explained = (fields: object) =>
  explainError(Object.assign(new Error('broken'), fields), '127.0.0.1:5432/market');

test.each(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'EPERM'])(
  'an error of the socket is worth another try, also one that looks like a state: %s',
  (code) => {
    expect(explained({ code })).toMatchObject({ code: 'store-lost', retry: 'retry' });
  },
);

test.each([
  ['08006', 'store-lost', 'retry'],
  ['40P01', 'store-busy', 'retry'],
  ['40001', 'store-busy', 'retry'],
  ['53100', 'store-full', 'retry'],
  ['57P01', 'store-lost', 'retry'],
  ['28P01', 'store-access', 'fatal'],
  ['3D000', 'store-missing', 'fatal'],
  ['42501', 'store-access', 'fatal'],
  ['42P01', 'store-error', 'fatal'],
])('state %s is %s: %s', (code, name, retry) => {
  expect(explained({ code, severity: 'ERROR' })).toMatchObject({ code: name, retry });
});

test('a host that is called after TLS is no fault of TLS', () => {
  const where = 'certificate-db.example:5432/market';
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND certificate-db.example'), {
    code: 'ENOTFOUND',
  });
  expect(explainError(error, where)).toMatchObject({ code: 'store-lost', retry: 'retry' });
  const tls = new Error('self signed certificate of certificate-db.example');
  expect(explainError(tls, where)).toMatchObject({ code: 'store-tls', retry: 'fatal' });
});

test('a log-in that the driver cannot go through with is for a person to mend', () => {
  const message = 'SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match';
  expect(explained({ message })).toMatchObject({ code: 'store-access', retry: 'fatal' });
});

test('data that the server cannot hold blames the row', () => {
  expect(explained({ code: '22003', severity: 'ERROR' })).toBeInstanceOf(RowError);
  expect(explained({ code: '23514', severity: 'ERROR' })).toBeInstanceOf(RowError);
});
