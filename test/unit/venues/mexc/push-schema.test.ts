/** `push.proto` is what the decoder reads by hand: protobufjs and the fixtures on either side. */
import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'protobufjs';
import { encodePush } from '../../../../src/venues/mexc/sim-push.ts';
import { bytesOf, createProtocol, decodeFrame, FOLDER, fixturesOf } from './feed.ts';

const { root } = parse(readFileSync(join(FOLDER, 'push.proto'), 'utf8'), { keepCase: true });
const wrapper = root.lookupType('PushDataV3ApiWrapper');

describe('push.proto', () => {
  test('reads the published vectors', () => {
    const read = (name: string) => {
      const fixture = fixturesOf('spot.json').find((each) => each.name.startsWith(name));
      if (fixture === undefined) throw new Error(`no fixture ${name}`);
      return wrapper.toObject(wrapper.decode(bytesOf(fixture)), { longs: Number });
    };
    expect(read('deals: the published vector')).toEqual({
      channel: 'spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT',
      symbol: 'BTCUSDT',
      sendTime: 1782208006170,
      publicAggreDeals: {
        deals: [
          {
            price: '62383.56',
            quantity: '0.00008235',
            tradeType: 2,
            time: 1782208006167,
            tradeId: '730292425431437318X0_730292425431437319X0',
          },
        ],
        eventType: 'spot@public.aggre.deals.v3.api.pb@100ms',
      },
    });
    expect(read('depth: the published vector')).toMatchObject({
      sendTime: 1782208005090,
      publicAggreDepths: {
        bids: [{ price: '61759.73', quantity: '0.0001778' }],
        fromVersion: '74891313263',
        toVersion: '74891313263',
      },
    });
  });

  test('has the tags of the wire', () => {
    const numbers = Object.fromEntries(wrapper.fieldsArray.map(({ name, id }) => [name, id]));
    expect(numbers).toEqual({
      channel: 1,
      symbol: 3,
      symbolId: 4,
      createTime: 5,
      sendTime: 6,
      publicLimitDepths: 303,
      publicAggreDepths: 313,
      publicAggreDeals: 314,
      publicAggreBookTicker: 315,
    });
  });

  test('encodes frames that the decoder reads back', () => {
    const protocol = createProtocol('mexc.spot');
    const head = { channel: 'spot@public.aggre.depth.v3.api.pb@100ms@ETHUSDT', symbol: 'ETHUSDT' };
    const levels = Array.from({ length: 3000 }, (_, i) => ({
      price: `${i + 1}.5`,
      quantity: String(i),
    }));
    const depths = { bids: levels, asks: [{ price: '9000', quantity: '1.25' }] };
    const { outcome, messages } = decodeFrame(
      protocol,
      encodePush({
        ...head,
        sendTime: 1_782_208_005_090,
        publicAggreDepths: { ...depths, fromVersion: '7', toVersion: '9' },
      }),
    );
    expect(outcome).toBe('ok');
    expect(messages[0]).toMatchObject({
      instrument: 1,
      firstId: 7,
      lastId: 9,
      asks: [[9000, 1.25]],
    });
    const bids = messages[0]?.bids as number[][];
    expect(bids).toHaveLength(3000);
    expect(bids[2999]).toEqual([3000.5, 2999]);
  });
});
