/**
 * REST of MEXC's contracts: market list with contract sizes, book snapshots, the newest trades, the
 * funding of each instrument. Bodies come parsed; an answer counts only as a whole.
 *
 * Answers are wrapped in `{success,code,data}`; those of depth were printed bare once, so both are
 * read. A refusal is an answer of status 200 as well: `refusalStatus` says what it means.
 */
import type { Instrument } from '../../model/instrument.ts';
import type {
  DecodeOutcome,
  RestHandler,
  RestPoll,
  RestRequest,
  TradeMessage,
  TradesWanted,
} from '../contract.ts';
import { readObject, readTimeMs } from '../kit/json-fields.ts';
import { createDepthMessage, createTradeMessage } from '../kit/messages.ts';
import type { ContractSizes } from './contract-size.ts';
import type { ContractDecoder } from './decode-contract.ts';
import { decodeContracts } from './instruments.ts';
import type { TradeJoin } from './trade-join.ts';
import { deliverPage } from './trade-page.ts';

const PREFIX = '/api/v1/contract';
/** How many levels may be asked for is not documented. */
const DEPTH_LIMIT = 1000;
const TRADES_LIMIT = 100;
/** Sizes of contracts can change; the stream that would tell is not taken. */
const SIZES_EVERY_US = 3_600_000_000;
const FUNDING_EVERY_US = 300_000_000;
const TARGET = /\/api\/v1\/contract\/(detail|depth|deals|funding_rate)(?:\/([^/?#]+))?$/;
const REFUSAL = /^\s*\{\s*"success"\s*:\s*false\b/;
const CODE = /"code"\s*:\s*(\d{1,6})\b/;
const US_PER_MS = 1000;

/** HTTP status that a refusal in the body means. */
export function refusalStatus(body: string): number {
  if (!REFUSAL.test(body)) return 200;
  const code = Number(CODE.exec(body)?.[1] ?? 0);
  if (code === 510) return 429;
  // Endpoint closed, wrong parameter or time range, no such contract.
  if ([511, 600, 1001, 1002, 6003].includes(code)) return 400;
  return 503;
}

export class ContractRest {
  readonly #url: string;
  readonly #byIndex: ReadonlyMap<number, Instrument>;
  readonly #bySymbol: ReadonlyMap<string, Instrument>;
  readonly #joins: ReadonlyMap<number, TradeJoin>;
  readonly #sizes: ContractSizes;
  readonly #decoder: ContractDecoder;
  readonly #depth = createDepthMessage();

  constructor(
    instruments: readonly Instrument[],
    url: string,
    joins: ReadonlyMap<number, TradeJoin>,
    sizes: ContractSizes,
    decoder: ContractDecoder,
  ) {
    this.#url = url;
    this.#joins = joins;
    this.#sizes = sizes;
    this.#decoder = decoder;
    this.#byIndex = new Map(instruments.map((each) => [each.index, each]));
    this.#bySymbol = new Map(instruments.map((each) => [each.venueSymbol, each]));
  }

  instrumentsRequest(): RestRequest {
    return { url: `${this.#url}${PREFIX}/detail`, weight: 1 };
  }

  polls(hasFunding: boolean): readonly RestPoll[] {
    const request = this.instrumentsRequest();
    const sizes = { key: 'sizes', everyUs: SIZES_EVERY_US, isLater: true, request };
    if (!hasFunding) return [sizes];
    const fundings = [...this.#byIndex.values()].map(({ venueSymbol }) => ({
      key: `funding ${venueSymbol}`,
      everyUs: FUNDING_EVERY_US,
      request: { url: this.#urlOf('funding_rate', venueSymbol), weight: 1 },
    }));
    return [sizes, ...fundings];
  }

  bookSnapshotRequest(index: number): RestRequest | undefined {
    const symbol = this.#byIndex.get(index)?.venueSymbol;
    if (symbol === undefined) return undefined;
    return { url: `${this.#urlOf('depth', symbol)}?limit=${DEPTH_LIMIT}`, weight: 1 };
  }

  /** The newest hundred: what they do not reach stays a hole. The fragment says what it is for. */
  tradesRequest(index: number, { fromUs, toUs }: TradesWanted): RestRequest | undefined {
    const symbol = this.#byIndex.get(index)?.venueSymbol;
    if (symbol === undefined) return undefined;
    const time = `${Math.floor(fromUs / US_PER_MS)}-${Math.ceil(toUs / US_PER_MS)}`;
    return { url: `${this.#urlOf('deals', symbol)}?limit=${TRADES_LIMIT}#${time}`, weight: 1 };
  }

  /** `target` is the URL without query and fragment. */
  decode(target: string, fragment: string, body: unknown, out: RestHandler): DecodeOutcome {
    const [, use = '', name] = TARGET.exec(target) ?? [];
    const answer = readObject(body);
    if (use === '' || answer === undefined) return 'malformed';
    const data = 'success' in answer ? answer.data : body;
    if ('success' in answer && answer.success !== true) return 'malformed';
    if (use === 'detail') return this.#instruments(data, out);
    if (name === undefined) return 'malformed';
    const instrument = this.#bySymbol.get(name);
    if (instrument === undefined) return 'ignored';
    if (use === 'depth') return this.#snapshot(instrument.index, data, out);
    if (use === 'deals') return this.#trades(instrument.index, fragment, data, out);
    const funding = readObject(data);
    const message =
      funding === undefined ? undefined : this.#decoder.readFunding(instrument.index, funding);
    if (message === undefined) return 'malformed';
    out.onDerivative(message);
    return 'ok';
  }

  #urlOf(use: string, symbol: string): string {
    return `${this.#url}${PREFIX}/${use}/${encodeURIComponent(symbol)}`;
  }

  #instruments(data: unknown, out: RestHandler): DecodeOutcome {
    const contracts = decodeContracts(data);
    if (contracts === undefined) return 'malformed';
    for (const { venueSymbol, contractSize } of contracts.list) {
      this.#sizes.learn(venueSymbol, contractSize, contracts.inverse.has(venueSymbol));
    }
    out.onInstruments(contracts.list);
    return 'ok';
  }

  #snapshot(index: number, data: unknown, out: RestHandler): DecodeOutcome {
    const answer = readObject(data);
    if (answer === undefined || !this.#sizes.has(index)) return 'malformed';
    const message = this.#depth;
    if (!this.#decoder.readDepth(message, index, answer)) return 'malformed';
    message.isSnapshot = true;
    message.firstId = message.lastId;
    const us = readTimeMs(answer.timestamp);
    message.tsUs = us > 0 ? us : Number.NaN;
    out.onBookSnapshot(message);
    return 'ok';
  }

  #trades(index: number, fragment: string, data: unknown, out: RestHandler): DecodeOutcome {
    const join = this.#joins.get(index);
    if (!Array.isArray(data) || join === undefined) return 'malformed';
    const rows: TradeMessage[] = [];
    for (const row of data) {
      const trade = createTradeMessage();
      if (!this.#decoder.readTrade(trade, index, row)) return 'malformed';
      rows.push(trade);
    }
    const [from = '', to = ''] = fragment.split('-');
    const edges = { fromUs: Number(from) * US_PER_MS, toUs: Number(to) * US_PER_MS };
    deliverPage(index, rows, edges, join, out);
    return 'ok';
  }
}
