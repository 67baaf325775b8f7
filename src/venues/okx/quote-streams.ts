/** Quote channels of all instruments: `bbo-tbt`, and `tickers` where nothing better is there. */
import type { DecodeOutcome, MessageHandler, QuoteMessage } from '../contract.ts';
import type { JsonObject } from '../kit/json-fields.ts';
import { createQuoteMessage } from '../kit/messages.ts';
import { ChainWatch } from './book-sync.ts';
import type { FastDecoder } from './decode-fast.ts';
import { readBbo, readTicker } from './decode-quote.ts';
import type { Market } from './markets.ts';

const BBO = 'bbo-tbt';
const TICKERS = 'tickers';

export class QuoteStreams {
  readonly #messages: QuoteMessage[] = [];
  /** Ids of the instruments `bbo-tbt` was seen of; their tickers are older news. */
  readonly #chains = new Map<number, ChainWatch>();

  static has(channel: string): boolean {
    return channel === BBO || channel === TICKERS;
  }

  decode(
    channel: string,
    market: Market,
    rows: readonly JsonObject[],
    out: MessageHandler,
  ): DecodeOutcome {
    const isBbo = channel === BBO;
    const read = isBbo ? readBbo : readTicker;
    for (const [i, row] of rows.entries()) {
      this.#messages[i] ??= createQuoteMessage();
      if (!read(row, market, this.#messages[i])) return 'malformed';
    }
    if (!isBbo && this.#chains.has(market.index)) return 'ignored';
    for (let i = 0; i < rows.length; i += 1) {
      const message = this.#messages[i] as QuoteMessage;
      if (isBbo) this.#note(market, message);
      out.onQuote(message);
    }
    return 'ok';
  }

  /** The same for a quote that the fast path reads; undefined when that is not sure. */
  decodeFast(fast: FastDecoder, out: MessageHandler): DecodeOutcome | undefined {
    this.#messages[0] ??= createQuoteMessage();
    const [message] = this.#messages;
    const { market } = fast;
    if (message === undefined || !fast.fillQuote(message, market)) return undefined;
    this.#note(market, message);
    out.onQuote(message);
    return 'ok';
  }

  /** After the venue began its ids anew, one quote goes without: then lower ones count again. */
  #note(market: Market, message: QuoteMessage): void {
    const chain = this.#chains.get(market.index) ?? new ChainWatch();
    this.#chains.set(market.index, chain);
    if (!chain.note(Number.NaN, message.sequence)) return;
    chain.restart(message.sequence);
    message.sequence = Number.NaN;
  }
}
