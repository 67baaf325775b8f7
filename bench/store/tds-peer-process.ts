/**
 * The TDS peer in a process of its own, which takes apart every row it is sent and adds up one
 * figure. It says its port, and for each line it is given the rows and the sum so far.
 */
import { TdsPeer } from '../../test/support/tds-peer/peer.ts';
import type { WireValue } from '../../test/support/tds-peer/type-info.ts';

/** The columns whose product is added up, by the name of the first. */
const SUMMED: Readonly<Record<string, string | undefined>> = {
  price: 'size',
  bid_price: undefined,
};

let sum = 0;
let rowCount = 0;
let instrumentCount = 0;

function add(columns: readonly string[], rows: readonly (readonly WireValue[])[]): void {
  const first = columns.findIndex((name) => name in SUMMED);
  const second = columns.indexOf(SUMMED[columns[first] ?? ''] ?? '');
  rowCount += rows.length;
  for (const row of rows) {
    sum += Number(row[first]) * (second < 0 ? 1 : Number(row[second]));
  }
}

const peer = await TdsPeer.start({
  keeps: false,
  onLoad: ({ columns, rows }) => add(columns, rows),
});
peer.answers.push(
  { match: /sp_getapplock/, give: () => ({ columns: ['result'], rows: [{ result: 0 }] }) },
  {
    match: /SELECT id FROM dbo\.instruments WHERE/,
    give: () => {
      instrumentCount += 1;
      return { columns: ['id'], rows: [{ id: instrumentCount }] };
    },
  },
  {
    // A rival's statement: names of the columns, then as many parameters a row.
    match: /^INSERT INTO \w+ \(/,
    give: (sql, parameters) => {
      const columns = (/\(([^)]*)\)/.exec(sql)?.[1] ?? '').split(', ');
      const values = [...parameters.values()];
      const rows: WireValue[][] = [];
      for (let at = 0; at < values.length; at += columns.length) {
        rows.push(values.slice(at, at + columns.length));
      }
      add(columns, rows);
      return { rowCount: rows.length };
    },
  },
);
process.stdout.write(`${peer.port}\n`);
for await (const _ of console) {
  process.stdout.write(`${JSON.stringify({ rowCount, sum, faults: peer.violations })}\n`);
}
process.exit(0);
