import { describe, expect, test } from 'bun:test';
import { Prng } from '../../../../src/base/prng.ts';
import { type RestLimits, RestPriority, RestQueue } from '../../../../src/venues/kit/rest-queue.ts';

const T0 = 1_700_000_040_000_000;

function createQueue(restWeightPerMinute = 1000, more: Partial<RestLimits> = {}) {
  const sent: string[] = [];
  const limits = { restWeightPerMinute, ...more };
  const queue = new RestQueue(limits, new Prng(1), ({ url }) => sent.push(url));
  const push = (key: string, weight = 1, priority: RestPriority = RestPriority.trades) =>
    queue.push(key, { url: `http://x/${key}`, weight }, priority, T0);
  const answer = (key: string, status: number, nowUs: number, retryAfterUs = 0) =>
    queue.settle(`http://x/${key}`, status, retryAfterUs, nowUs);
  return { queue, sent, push, answer };
}

describe('REST queue', () => {
  test('asks once for one key however often it is pushed', () => {
    const { queue, sent, push, answer } = createQueue();
    expect([push('a'), push('a')]).toEqual([true, false]);
    queue.onTick(T0);
    queue.onTick(T0 + 1000);
    expect(sent).toEqual(['http://x/a']);
    expect(answer('a', 200, T0)).toEqual({ state: 'done', key: 'a' });
    expect(push('a')).toBe(true);
  });

  test('sends books before trades', () => {
    const { queue, sent, push } = createQueue();
    push('trades');
    push('book', 1, RestPriority.book);
    queue.onTick(T0);
    expect(sent[0]).toBe('http://x/book');
  });

  test('stays inside nine tenths of the weight of a minute, then goes on in the next', () => {
    const { queue, sent, push, answer } = createQueue(100);
    for (let i = 0; i < 12; i += 1) {
      push(`k${i}`, 10);
      queue.onTick(T0);
      answer(`k${i}`, 200, T0);
    }
    expect(sent).toHaveLength(9);
    queue.onTick(T0 + 60_000_000);
    expect(sent).toHaveLength(12);
  });

  test('after 429 nothing is sent until the venue said so', () => {
    const { queue, sent, push, answer } = createQueue();
    push('a');
    queue.onTick(T0);
    expect(answer('a', 429, T0, 3_000_000)).toMatchObject({ state: 'again', waitUs: 3_000_000 });
    push('b');
    queue.onTick(T0 + 2_900_000);
    expect(sent).toHaveLength(1);
    queue.onTick(T0 + 3_000_000);
    expect(sent).toHaveLength(3);
  });

  test('a shorter window has its share of the weight', () => {
    const { queue, sent, push, answer } = createQueue(1200, { restWindowUs: 5_000_000 });
    for (let i = 0; i < 12; i += 1) {
      push(`k${i}`, 10);
      queue.onTick(T0);
      answer(`k${i}`, 200, T0);
    }
    expect(sent).toHaveLength(9);
    queue.onTick(T0 + 5_000_000);
    expect(sent).toHaveLength(12);
  });

  test('after 403 nothing is sent for as long as the venue bars the address', () => {
    const { queue, sent, push, answer } = createQueue(1000, { restForbiddenUs: 600_000_000 });
    push('a');
    queue.onTick(T0);
    expect(answer('a', 403, T0)).toMatchObject({ state: 'again', waitUs: 600_000_000 });
    queue.onTick(T0 + 599_000_000);
    expect(sent).toHaveLength(1);
    queue.onTick(T0 + 600_000_000);
    expect(sent).toHaveLength(2);
  });

  test('no answer is tried again later, a refusal is not', () => {
    const { queue, sent, push, answer } = createQueue();
    push('a');
    queue.onTick(T0);
    expect(answer('a', 0, T0).state).toBe('again');
    queue.onTick(T0 + 1_000_000);
    expect(sent).toHaveLength(2);
    expect(answer('a', 400, T0 + 1_000_000)).toEqual({ state: 'refused', key: 'a' });
    queue.onTick(T0 + 100_000_000);
    expect(sent).toHaveLength(2);
  });

  test('an answer that never comes frees its place', () => {
    const { queue, sent, push } = createQueue();
    push('a');
    queue.onTick(T0);
    queue.onTick(T0 + 16_000_000);
    queue.onTick(T0 + 18_000_000);
    expect(sent).toHaveLength(2);
  });
});
