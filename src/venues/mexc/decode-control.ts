/**
 * MEXC spot's answers to requests. All of them carry `code` 0, refusals too: only the text tells,
 * and a stream is live only when it is echoed outside a list of those "Not Subscribed".
 */
import type { DecodeOutcome, MessageHandler } from '../contract.ts';
import { type JsonObject, readId } from '../kit/json-fields.ts';

/** Request id of a refusal that does not say what it is about. */
export const NO_REQUEST_ID = -1;

const REFUSED = /not subscribed successfully! *\[([^\]]*)\]/i;
const ACCEPTED = /(?:^|[.\]] *)subscribed successful(?:ly)?! *\[([^\]]*)\]/i;
const REASON = /Reason[:：\s]*(.*)$/;
const STREAM = /^spot@/;

/** What was asked before; answers to requests that took streams away look like any other. */
export interface AskedBefore {
  isUnsubscribe(requestId: number): boolean;
  /** Taken away, and not asked for since. */
  isGone(streamName: string): boolean;
}

export function decodeControl(
  answer: JsonObject,
  asked: AskedBefore,
  out: MessageHandler,
): DecodeOutcome {
  const { code, msg } = answer;
  const id = readId(answer.id);
  if (!Number.isSafeInteger(code) || typeof msg !== 'string' || id < 0) return 'malformed';
  if (msg === 'PONG') return 'ignored';
  if (code !== 0) {
    out.onAck(id > 0 ? id : NO_REQUEST_ID, `${String(code)} ${msg}`);
    return 'ok';
  }
  // 0 is what the venue answers when it does not echo ids.
  if (id > 0 && asked.isUnsubscribe(id)) return 'ignored';
  const refused = REFUSED.exec(msg);
  const accepted = refused === null ? msg : (ACCEPTED.exec(msg)?.[1] ?? '');
  const names = namesIn(accepted).filter((each) => !asked.isGone(each));
  if (refused === null && names.length === 0) return 'ignored';
  for (const name of names) out.onStreamAck(name, undefined);
  const reason = REASON.exec(msg)?.[1]?.trim() ?? msg;
  for (const name of namesIn(refused?.[1] ?? '')) out.onStreamAck(name, reason);
  return 'ok';
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => STREAM.test(each));
}
