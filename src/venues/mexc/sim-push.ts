/**
 * Protobuf frames of MEXC spot as the embedded exchange sends them, encoded by protobufjs from
 * `push.proto`: nothing here is shared with the decoder but the numbers in that file.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'protobufjs';

/** Fields of `PushDataV3ApiWrapper`, named as in `push.proto`. */
export interface Push {
  readonly channel: string;
  readonly symbol?: string;
  readonly createTime?: number;
  readonly sendTime?: number;
  readonly publicAggreDeals?: object;
  readonly publicAggreDepths?: object;
  readonly publicLimitDepths?: object;
  readonly publicAggreBookTicker?: object;
}

const definitions = readFileSync(join(import.meta.dirname, 'push.proto'), 'utf8');
const wrapper = parse(definitions, { keepCase: true }).root.lookupType('PushDataV3ApiWrapper');

export function encodePush(push: Push): Uint8Array {
  const bytes = wrapper.encode(wrapper.create(push)).finish();
  // The library's buffers are views of a shared pool.
  return new Uint8Array(bytes);
}
