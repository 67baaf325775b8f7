/**
 * Places in the module's memory, in bytes. `src/venues/kit/scan-memory.ts` has the same numbers; a
 * test holds them against each other.
 */

/** Written by `read`: loss, then of a missing name start, end and table, then a pair a group. */
export const HEADER: usize = 4096;
export const HEADER_LOSS: usize = 0;
export const HEADER_NAME: usize = 4;
export const HEADER_GROUPS: usize = 32;
/** Values of the frame itself. */
export const SLOTS: usize = 4352;
/** Values of rows, an area a group. */
export const ROWS: usize = 8192;
export const ROWS_LENGTH: usize = 1 << 20;
export const GROUPS_MAX: usize = 3;
export const FRAME: usize = ROWS + GROUPS_MAX * ROWS_LENGTH;
export const FRAME_AREA_LENGTH: usize = (1 << 20) + 4096;
/** What is a reader's own: shapes, then names. The rest is the reader's whose turn it is. */
export const READERS: usize = FRAME + FRAME_AREA_LENGTH;
export const SHAPE_LENGTH: usize = 4096;
export const SHAPES_MAX: usize = 16;
export const NAMES_BITS: u32 = 10;
export const NAME_ENTRY_LENGTH: usize = 64;
/** Of the names, from the start of a reader's own. */
export const NAMES: usize = SHAPES_MAX * SHAPE_LENGTH;
export const READER_LENGTH: usize = NAMES + (1 << NAMES_BITS) * NAME_ENTRY_LENGTH;

/** Fields of a step, 64 bytes. */
export const STEP_LENGTH: usize = 64;
export const STEP_MASK: usize = 16;
export const STEP_LITERAL_LENGTH: usize = 32;
export const STEP_FORM: usize = 36;
/** Where the value goes, from the first slot. */
export const STEP_OUT: usize = 40;
/** Of `name` the byte behind it, and its table above; of `rows` the group and `ROWS_PAIRS`. */
export const STEP_EXTRA: usize = 44;
/** Of a literal longer than 16 bytes all of it. */
export const STEP_POOL: usize = 48;
/** Of `rows` the first step of a row, of `choice` the list. */
export const STEP_BODY: usize = 52;
/** Of `absent` the value; of `rows` the bytes of a row. */
export const STEP_VALUE: usize = 56;
export const ROWS_PAIRS: i32 = 256;

/** As `Form` in `src/venues/kit/frame-spec.ts`. */
export enum Form {
  end = 0,
  unsigned = 1,
  quotedUnsigned = 2,
  decimal = 3,
  quotedDecimal = 4,
  text = 5,
  name = 6,
  same = 7,
  choice = 8,
  flag = 9,
  other = 10,
  nested = 11,
  rows = 12,
  isoTime = 13,
  absent = 14,
  rangedDecimal = 15,
  digits = 16,
}
