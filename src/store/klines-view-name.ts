/**
 * `<venue>_<symbol>_klines`: the view of one market's candles. `binance_btcusdt_klines` is spot;
 * other market types are named: `binance_btcusdt_perp_klines`.
 */
import { EngineError } from '../base/errors.ts';
import { type InstrumentKey, instrumentName } from '../model/instrument.ts';
import { parseTimeframe, type Timeframe } from '../model/timeframe.ts';

export function klinesViewName({ venue, symbol, marketType }: InstrumentKey): string {
  const market = symbol.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  const suffix = marketType === 'spot' ? '' : `_${marketType}`;
  return `${venue.toLowerCase()}_${market}${suffix}_klines`;
}

/** The timeframe of a view's candles; throws `timeframe` when `name` is none. */
export function viewTimeframe(name: string): Timeframe {
  const timeframe = parseTimeframe(name);
  if (timeframe !== undefined) return timeframe;
  throw new EngineError(`'${name}' is no timeframe`, { code: 'timeframe', retry: 'fatal' });
}

export function unknownInstrument(key: InstrumentKey): EngineError {
  return new EngineError(`the store has no instrument ${instrumentName(key)}`, {
    code: 'instrument',
    retry: 'fatal',
  });
}
