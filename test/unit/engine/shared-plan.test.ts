/** Where recording goes on when stores differ in what they hold. */
import { expect, test } from 'bun:test';
import type { ResumePlan } from '../../../src/engine/resume-plan.ts';
import { sharePlans } from '../../../src/engine/shared-plan.ts';
import type { CandleSeed, ResumeState } from '../../../src/store/contract.ts';

function plan(name: number, lasts: Readonly<Record<number, number>>): ResumePlan {
  const entries = Object.entries(lasts);
  return {
    resume: entries.map(([index, lastTradeUs]) => [
      Number(index),
      { lastTradeUs, lastTradeId: name } as ResumeState,
    ]),
    seeds: entries.map(([index]) => ({ instrument: Number(index), volume: name }) as CandleSeed),
  };
}

const chosen = ({ resume, seeds }: ResumePlan) =>
  resume.map(([index, state]) => {
    const seed = seeds.filter((each) => each.instrument === index).map(({ volume }) => volume);
    return `${index}: store ${state.lastTradeId}, seed ${seed}`;
  });

test('each instrument goes on from the store that lags most, and its candles too', () => {
  const shared = sharePlans([plan(1, { 0: 50, 1: 70 }), plan(2, { 0: 60, 1: 40 })]);
  expect(chosen(shared)).toEqual(['0: store 1, seed 1', '1: store 2, seed 2']);
});

test('a store that has no trade of it has no say', () => {
  const shared = sharePlans([plan(1, { 0: 50, 1: Number.NaN }), plan(2, { 0: Number.NaN })]);
  expect(chosen(shared)).toEqual(['0: store 1, seed 1', '1: store 1, seed 1']);
});

test('one plan is as it is, none is empty', () => {
  const only = plan(1, { 0: 50 });
  expect(sharePlans([only])).toBe(only);
  expect(sharePlans([])).toEqual({ resume: [], seeds: [] });
});
