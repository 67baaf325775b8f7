/**
 * Hyperliquid's REST dialect: one path, `POST /info`, and the body says what is asked. The fragment
 * of the URL repeats it, so that answers can be told apart; it is never sent.
 * https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint
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
import { type ListKey, MarketLists } from './instruments.ts';

const PATH = '/info';
/** Every request but a few we do not make; 1 more for each 20 rows of an answer. */
const WEIGHT = 20;
const ROWS_PER_WEIGHT = 20;
/** A page is small; how small is not documented. */
const ROWS_EXPECTED = 100;
const DAY_US = 86_400_000_000;

export class RestDialect {
  readonly #url: string;
  readonly #byIndex = new Map<number, Instrument>();
  readonly #byCoin = new Map<string, Instrument>();
  readonly #lists: MarketLists;
  readonly #polls: readonly RestPoll[];
  readonly #trades: TradeMessage[] = [];
  /** Oldest trade of the newest page by instrument: earlier ones are out of reach for good. */
  readonly #reachUs = new Map<number, number>();
  /** Told of recorded instruments whose name is another market's at this venue. */
  readonly #onMisnamed: (instrument: Instrument) => void;

  constructor(
    instruments: readonly Instrument[],
    restUrl: string,
    onMisnamed: (instrument: Instrument) => void,
  ) {
    this.#url = `${restUrl}${PATH}`;
    this.#onMisnamed = onMisnamed;
    for (const each of instruments) {
      this.#byIndex.set(each.index, each);
      this.#byCoin.set(each.venueSymbol, each);
    }
    this.#lists = new MarketLists(instruments);
    this.#polls = this.#lists.keys.slice(1).map((key) => {
      return { key, everyUs: DAY_US, request: this.#listRequest(key) };
    });
  }

  instrumentsRequest(): RestRequest {
    return this.#listRequest(this.#lists.keys[0] ?? 'dex:');
  }

  /** The lists that `instrumentsRequest` does not bring. */
  polls(): readonly RestPoll[] {
    return this.#polls;
  }

  /** The newest trades: the venue neither pages nor takes a time. */
  tradesRequest(index: number, { toUs }: TradesWanted): RestRequest | undefined {
    const instrument = this.#byIndex.get(index);
    if (instrument === undefined) return undefined;
    // What a page did not reach back to, no later page will.
    if (toUs <= (this.#reachUs.get(index) ?? Number.NEGATIVE_INFINITY)) return undefined;
    const weight = WEIGHT + ROWS_EXPECTED / ROWS_PER_WEIGHT;
    return this.#request({ type: 'recentTrades', coin: instrument.venueSymbol }, weight);
  }

  /** `body` is what JSON.parse made of the answer. */
  decode(url: string, body: unknown, out: RestHandler): DecodeOutcome {
    const asked = new URLSearchParams(url.slice(url.indexOf('#') + 1));
    switch (asked.get('type')) {
      case 'recentTrades':
        return this.#tradePage(asked.get('coin') ?? '', body, out);
      case 'meta':
        return this.#list(`dex:${asked.get('dex') ?? ''}`, body, out);
      case 'spotMeta':
        return this.#list('spot', body, out);
      default:
        return 'malformed';
    }
  }

  #list(key: ListKey, body: unknown, out: RestHandler): DecodeOutcome {
    if (!this.#lists.take(key, body)) return 'malformed';
    const list = this.#lists.all();
    if (list === undefined) return 'ok';
    const misnamed = this.#lists.misnamed(list);
    for (const each of misnamed) this.#onMisnamed(each);
    const wrong = new Set(misnamed.map((each) => each.venueSymbol));
    out.onInstruments(list.filter((meta) => !wrong.has(meta.venueSymbol)));
    return 'ok';
  }

  #tradePage(coin: string, body: unknown, out: RestHandler): DecodeOutcome {
    if (!Array.isArray(body)) return 'malformed';
    for (const [i, row] of body.entries()) {
      const trade = readObject(row);
      this.#trades[i] ??= createTradeMessage();
      if (trade?.coin !== coin || !readTrade(this.#trades[i] as TradeMessage, trade)) {
        return 'malformed';
      }
    }
    const instrument = this.#byCoin.get(coin);
    if (instrument === undefined) return 'ignored';
    const page = this.#trades.slice(0, body.length);
    // The newest come first; trades of one block keep the order of the block.
    page.reverse().sort((a, b) => a.tsUs - b.tsUs);
    for (const trade of page) {
      trade.instrument = instrument.index;
      out.onTrade(trade);
    }
    const oldest = page[0];
    if (oldest !== undefined) this.#reachUs.set(instrument.index, oldest.tsUs);
    out.onTradesEnd(instrument.index, page.length);
    return 'ok';
  }

  #listRequest(key: ListKey): RestRequest {
    if (key === 'spot') return this.#request({ type: 'spotMeta' }, WEIGHT);
    return this.#request({ type: 'meta', dex: key.slice('dex:'.length) }, WEIGHT);
  }

  #request(asked: Readonly<Record<string, string>>, weight: number): RestRequest {
    const url = `${this.#url}#${new URLSearchParams(asked).toString()}`;
    return { url, body: JSON.stringify(asked), weight };
  }
}
