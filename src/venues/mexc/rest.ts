/** The venue's two REST dialects, for `protocol.ts` to choose from: they share no endpoint. */
export { ContractRest, refusalStatus } from './rest-contract.ts';
export { SpotRest } from './rest-spot.ts';
