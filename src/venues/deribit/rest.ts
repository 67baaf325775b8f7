/**
 * Deribit's REST dialect: GET of the same methods as over JSON-RPC. Trades are asked for by their
 * sequence, which closes a hole exactly; pages have up to 1000 rows.
 * https://docs.deribit.com (public/get_last_trades_by_instrument, public/get_instruments)
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
import { readObject } from '../kit/json-fields.ts';
import { createTradeMessage } from '../kit/messages.ts';
import { readTrade } from './decode.ts';
import { type ListKind, MarketLists } from './instruments.ts';
import type { TradedByName } from './traded.ts';

const TRADES_PATH = '/api/v2/public/get_last_trades_by_instrument';
const INSTRUMENTS_PATH = '/api/v2/public/get_instruments';
/** Rows of a page of trades, at most. */
export const TRADES_LIMIT = 1000;
const TRADES_WEIGHT = 1;
/** One a second: two would not fit into a window of a second. */
const INSTRUMENTS_WEIGHT = 10;
const DAY_US = 86_400_000_000;
/** Scheme and host: answers are matched without them. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;

export class RestDialect {
  readonly #restUrl: string;
  readonly #byName: TradedByName;
  readonly #names = new Map<number, string>();
  readonly #lists: MarketLists;
  readonly #polls: readonly RestPoll[];
  readonly #trades: TradeMessage[] = [];

  constructor(instruments: readonly Instrument[], byName: TradedByName, restUrl: string) {
    this.#restUrl = restUrl;
    this.#byName = byName;
    for (const { index, venueSymbol } of instruments) this.#names.set(index, venueSymbol);
    this.#lists = new MarketLists(instruments);
    this.#polls = this.#lists.kinds.slice(1).map((kind) => {
      return { key: kind, everyUs: DAY_US, request: this.#listRequest(kind) };
    });
  }

  instrumentsRequest(): RestRequest {
    return this.#listRequest(this.#lists.kinds[0] ?? 'future');
  }

  /** The lists that `instrumentsRequest` does not bring. */
  polls(): readonly RestPoll[] {
    return this.#polls;
  }

  tradesRequest(index: number, { fromId, toId }: TradesWanted): RestRequest | undefined {
    const name = this.#names.get(index);
    if (name === undefined) return undefined;
    const query = new URLSearchParams({
      instrument_name: name,
      start_seq: String(fromId),
      end_seq: String(Math.min(toId, fromId + TRADES_LIMIT - 1)),
      count: String(TRADES_LIMIT),
      sorting: 'asc',
    });
    return { url: `${this.#restUrl}${TRADES_PATH}?${query}`, weight: TRADES_WEIGHT };
  }

  /** `body` is what JSON.parse made of the answer. */
  decode(url: string, body: unknown, out: RestHandler): DecodeOutcome {
    const answer = readObject(body);
    if (answer === undefined || !('result' in answer)) return 'malformed';
    const target = url.replace(ORIGIN, '');
    const split = target.indexOf('?');
    const path = split < 0 ? target : target.slice(0, split);
    const query = new URLSearchParams(split < 0 ? '' : target.slice(split + 1));
    if (path.endsWith(INSTRUMENTS_PATH)) return this.#list(query.get('kind'), answer.result, out);
    if (!path.endsWith(TRADES_PATH)) return 'malformed';
    return this.#tradePage(query.get('instrument_name') ?? '', readObject(answer.result), out);
  }

  #list(kind: string | null, result: unknown, out: RestHandler): DecodeOutcome {
    if (kind !== 'future' && kind !== 'option' && kind !== 'spot') return 'ignored';
    if (!this.#lists.take(kind, result)) return 'malformed';
    for (const name of this.#lists.misnamed()) this.#byName.delete(name);
    const markets = this.#lists.markets();
    if (markets !== undefined) out.onInstruments(markets);
    return 'ok';
  }

  #tradePage(
    name: string,
    result: Readonly<Record<string, unknown>> | undefined,
    out: RestHandler,
  ): DecodeOutcome {
    const rows = result?.trades;
    if (!Array.isArray(rows)) return 'malformed';
    const traded = this.#byName.get(name);
    if (traded === undefined) return 'ignored';
    let previousId = -1;
    for (const [i, item] of rows.entries()) {
      const row = readObject(item);
      this.#trades[i] ??= createTradeMessage();
      const message = this.#trades[i];
      if (row?.instrument_name !== name || !readTrade(message, row, traded)) return 'malformed';
      if (message.tradeId <= previousId) return 'malformed';
      previousId = message.tradeId;
    }
    for (let i = 0; i < rows.length; i += 1) out.onTrade(this.#trades[i] as TradeMessage);
    out.onTradesEnd(traded.index, rows.length);
    return 'ok';
  }

  #listRequest(kind: ListKind): RestRequest {
    const query = new URLSearchParams({ currency: 'any', kind, expired: 'false' });
    return { url: `${this.#restUrl}${INSTRUMENTS_PATH}?${query}`, weight: INSTRUMENTS_WEIGHT };
  }
}
