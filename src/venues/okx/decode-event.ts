/**
 * Frames about the connection: answers to requests and notices. `{"event":"subscribe","arg":…}`
 * comes once an argument; a refusal names its argument, if at all, in its text only.
 */
import type { DecodeOutcome, MessageHandler } from '../contract.ts';
import { type JsonObject, readObject } from '../kit/json-fields.ts';
import type { Argument, Subscriptions } from './subscribe.ts';
import { readIdText } from './wire-fields.ts';

/** "The connection will soon be closed for a service upgrade", 60 s before. */
const UPGRADE_NOTICE = '64008';
/** Too many requests: nothing is wrong with them, they are made again when no answer came. */
const TOO_MANY: ReadonlySet<unknown> = new Set(['60014', '50011']);
const CULPRIT = /channel:([\w-]+)(?:,instId:([\w-]+)|,instType:([\w-]+))?/;
/** Request id of a refusal that does not say which request it is about. */
export const NO_REQUEST_ID = -1;

export interface EventHost {
  readonly subscriptions: Subscriptions;
  /** `argument` is subscribed from now on. */
  onSubscribed(argument: Argument): void;
}

/** `frame.event` is known to be there. */
export function decodeEvent(
  frame: JsonObject,
  host: EventHost,
  out: MessageHandler,
): DecodeOutcome {
  switch (frame.event) {
    case 'subscribe':
    case 'unsubscribe':
      return decodeAnswer(frame, host, out);
    case 'error':
      return decodeRefusal(frame, host, out);
    case 'notice':
      if (frame.code !== UPGRADE_NOTICE) return 'ignored';
      out.onShutdownNotice();
      return 'ok';
    default:
      return typeof frame.event === 'string' ? 'ignored' : 'malformed';
  }
}

function decodeAnswer(frame: JsonObject, host: EventHost, out: MessageHandler): DecodeOutcome {
  const argument = readArgument(frame.arg);
  if (argument === undefined) return 'malformed';
  if (frame.event === 'unsubscribe') {
    const requestId = readIdText(frame.id);
    if (requestId < 0) return 'ignored';
    out.onAck(requestId, undefined);
    return 'ok';
  }
  const names = host.subscriptions.namesOf(argument);
  if (names.length === 0) return 'ignored';
  host.onSubscribed(argument);
  for (const name of names) out.onStreamAck(name, undefined);
  return 'ok';
}

function decodeRefusal(frame: JsonObject, host: EventHost, out: MessageHandler): DecodeOutcome {
  const { code, msg } = frame;
  if (typeof code !== 'string' || typeof msg !== 'string') return 'malformed';
  if (TOO_MANY.has(code)) return 'ignored';
  const error = `${code} ${msg}`;
  const [, channel, instId, instType] = CULPRIT.exec(msg) ?? [];
  const names =
    channel === undefined
      ? []
      : host.subscriptions.namesOf({
          channel,
          ...(instId === undefined ? {} : { instId }),
          ...(instType === undefined ? {} : { instType }),
        });
  if (names.length > 0) {
    for (const name of names) out.onStreamAck(name, error);
    return 'ok';
  }
  const requestId = readIdText(frame.id);
  out.onAck(requestId < 0 ? NO_REQUEST_ID : requestId, error);
  return 'ok';
}

/** `{"channel":…,"instId":…}`; undefined when it is something else. */
export function readArgument(value: unknown): Argument | undefined {
  const { channel, instId, instType } = readObject(value) ?? {};
  if (typeof channel !== 'string') return undefined;
  if (instId !== undefined && typeof instId !== 'string') return undefined;
  if (instType !== undefined && typeof instType !== 'string') return undefined;
  return {
    channel,
    ...(instId === undefined ? {} : { instId }),
    ...(instType === undefined ? {} : { instType }),
  };
}
