import { expect, test } from 'bun:test';
import { BookSource } from '../../../../src/venues/kit/book-source.ts';

test('a book follows the connection that brought it last, each book for itself', () => {
  const source = new BookSource(2);
  expect(source.accept(0, true, 1)).toBe(true);
  expect(source.accept(0, false, 1)).toBe(true);
  // The successor's updates wait for its snapshot; from then on the old connection's are passed
  // over.
  expect(source.accept(0, false, 2)).toBe(false);
  expect(source.accept(0, true, 2)).toBe(true);
  expect(source.accept(0, false, 2)).toBe(true);
  expect(source.accept(0, false, 1)).toBe(false);
  expect(source.accept(1, false, 1)).toBe(true);
});

test('books that begin over REST follow all connections', () => {
  const source = new BookSource(1);
  expect(source.accept(0, false, 1)).toBe(true);
  expect(source.accept(0, false, 2)).toBe(true);
});
