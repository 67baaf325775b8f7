/**
 * Where recording goes on when several stores hold the same market. Each says what it has; what
 * counts for an instrument is what the store that lags most has, so that the refill closes the hole
 * in all of them (stores take again what they have already), and open candles start from the same
 * trades.
 */
import type { CandleSeed } from '../store/contract.ts';
import type { ResumeMap, ResumePlan } from './resume-plan.ts';

/** One plan from those of the stores that are up; a store without trades of it has no say. */
export function sharePlans(plans: readonly ResumePlan[]): ResumePlan {
  const [only, ...others] = plans;
  if (only === undefined) return { resume: [], seeds: [] };
  if (others.length === 0) return only;
  const resume: (readonly [number, ResumeMap[number][1]])[] = [];
  const seeds: CandleSeed[] = [];
  const instruments = new Set(plans.flatMap((plan) => plan.resume.map(([index]) => index)));
  for (const instrument of instruments) {
    const plan = laggard(plans, instrument);
    resume.push(...plan.resume.filter(([index]) => index === instrument));
    seeds.push(...plan.seeds.filter((seed) => seed.instrument === instrument));
  }
  return { resume, seeds };
}

function laggard(plans: readonly ResumePlan[], instrument: number): ResumePlan {
  const [first] = plans;
  let chosen = first as ResumePlan;
  let leastUs = Number.POSITIVE_INFINITY;
  for (const plan of plans) {
    const lastUs = plan.resume.find(([index]) => index === instrument)?.[1].lastTradeUs;
    if (lastUs === undefined || !(lastUs < leastUs)) continue;
    leastUs = lastUs;
    chosen = plan;
  }
  return chosen;
}
