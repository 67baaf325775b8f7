/**
 * Reads a frame along the shapes its venue's frames have: what never changes is compared sixteen
 * bytes at a time, values between go into slots. Compiled to WebAssembly, for digits eight at a
 * time and texts sixteen: JavaScript has neither. `src/venues/kit/frame-reader.ts` writes the
 * shapes and the frame into the memory, and decides what becomes of a frame no shape fits.
 */
import { CLOSE_ARRAY, COMMA, Cursor } from './cursor.ts';
import { takeIsoTime } from './iso.ts';
import {
  Form,
  FRAME,
  FRAME_AREA_LENGTH,
  GROUPS_MAX,
  HEADER,
  HEADER_GROUPS,
  HEADER_LOSS,
  NAMES,
  READER_LENGTH,
  READERS,
  ROWS,
  ROWS_LENGTH,
  ROWS_PAIRS,
  SHAPE_LENGTH,
  SHAPES_MAX,
  SLOTS,
  STEP_BODY,
  STEP_EXTRA,
  STEP_FORM,
  STEP_LENGTH,
  STEP_LITERAL_LENGTH,
  STEP_MASK,
  STEP_OUT,
  STEP_POOL,
  STEP_VALUE,
} from './layout.ts';
import { addName, takeName, takeSame } from './names.ts';
import { takeDecimal, takeDigits, takeUnsigned } from './numbers.ts';
import { skipNested, skipScalar, takeFlag } from './skip.ts';
import { takeChoice, takeText } from './texts.ts';

export {
  addName,
  FRAME,
  FRAME_AREA_LENGTH,
  GROUPS_MAX,
  HEADER,
  READER_LENGTH,
  READERS,
  ROWS,
  ROWS_LENGTH,
  SHAPE_LENGTH,
  SHAPES_MAX,
  SLOTS,
  STEP_LENGTH,
};

const MISSED: i32 = -2;

/**
 * Number of the shape, of the `count` that the reader whose own is at `reader` has, that the frame
 * follows, looked for from `first` on; -1: none;
 * -2: a name is missing, and after `addName` the same call goes on.
 */
export function read(reader: usize, length: i32, first: i32, count: i32): i32 {
  Cursor.names = reader + NAMES;
  Cursor.limit = FRAME + length;
  Cursor.missed = false;
  let shape = first;
  for (let tried = 0; tried < count; tried += 1) {
    Cursor.loss = false;
    Cursor.nameFrom = 0;
    // Groups that the shape does not have hold no rows of an older frame.
    for (let group: usize = 0; group < GROUPS_MAX; group += 1) {
      store<i64>(HEADER + HEADER_GROUPS + (group << 3), 0);
    }
    if (run(FRAME, reader + <usize>shape * SHAPE_LENGTH, SLOTS) === Cursor.limit) {
      store<i32>(HEADER + HEADER_LOSS, i32(Cursor.loss));
      return shape;
    }
    if (Cursor.missed) return MISSED;
    shape = shape + 1 === count ? 0 : shape + 1;
  }
  return -1;
}

/** What stands before a value: the address behind it, or 0. */
@inline
function takeLiteral(at: usize, step: usize): usize {
  const length = <usize>load<i32>(step, STEP_LITERAL_LENGTH);
  const end = at + length;
  const other = v128.xor(v128.load(at), v128.load(step));
  if (v128.any_true(v128.and(other, v128.load(step, STEP_MASK)))) return 0;
  if (length > 16 && !isRest(at, length, load<i32>(step, STEP_POOL))) return 0;
  return end <= Cursor.limit ? end : 0;
}

function isRest(at: usize, length: usize, pool: usize): bool {
  const last = length - 16;
  for (let i: usize = 16; i < last; i += 16) {
    if (v128.any_true(v128.xor(v128.load(at + i), v128.load(pool + i)))) return false;
  }
  return !v128.any_true(v128.xor(v128.load(at + last), v128.load(pool + last)));
}

/** Takes the steps from `first` on, values into the slots from `out` on. */
function run(from: usize, first: usize, out: usize): usize {
  let at = from;
  for (let step = first; at !== 0; step += STEP_LENGTH) {
    at = takeLiteral(at, step);
    if (at === 0) return 0;
    const slot = out + load<i32>(step, STEP_OUT);
    switch (load<i32>(step, STEP_FORM)) {
      case Form.end:
        return at;
      case Form.unsigned:
      case Form.quotedUnsigned:
        at = takeUnsigned(at);
        store<f64>(slot, Cursor.value);
        break;
      case Form.decimal:
      case Form.quotedDecimal:
        at = takeDecimal(at);
        store<f64>(slot, Cursor.value);
        break;
      case Form.name:
        at = takeName(at, step);
        store<f64>(slot, Cursor.value);
        break;
      case Form.same:
        at = takeSame(at);
        break;
      case Form.choice:
        at = takeChoice(at, load<i32>(step, STEP_BODY));
        store<f64>(slot, Cursor.value);
        break;
      case Form.flag:
        at = takeFlag(at);
        store<f64>(slot, Cursor.value);
        break;
      case Form.other:
        at = skipScalar(at);
        break;
      case Form.nested:
        at = skipNested(at, 0);
        break;
      case Form.rows:
        at = takeRows(at, step);
        break;
      case Form.isoTime:
        at = takeIsoTime(at);
        store<f64>(slot, Cursor.value);
        break;
      case Form.absent:
        store<f64>(slot, load<f64>(step, STEP_VALUE));
        break;
      case Form.text: {
        const end = takeText(at);
        setRange(slot, at, end);
        at = end;
        break;
      }
      case Form.digits: {
        const end = takeDigits(at);
        setRange(slot, at, end);
        at = end;
        break;
      }
      case Form.rangedDecimal: {
        const end = takeDecimal(at);
        store<f64>(slot, Cursor.value);
        setRange(slot + 8, at, end);
        at = end;
        break;
      }
      default:
        return 0;
    }
  }
  return 0;
}

/** Where in the frame a text lies. */
@inline
function setRange(slot: usize, from: usize, to: usize): void {
  store<f64>(slot, <f64>(from - FRAME));
  store<f64>(slot, <f64>(to - FRAME), 8);
}

/** The rows of an array into the area of their group, each with its precision loss last. */
function takeRows(from: usize, step: usize): usize {
  const extra = load<i32>(step, STEP_EXTRA);
  const group = <usize>(extra & 0xff);
  const body = <usize>load<i32>(step, STEP_BODY);
  const length = <usize>load<i32>(step, STEP_VALUE);
  const rows = ROWS + group * ROWS_LENGTH;
  const last = rows + ROWS_LENGTH - length;
  const isPairs = (extra & ROWS_PAIRS) !== 0;
  const outer = Cursor.loss;
  let anyLoss = false;
  let row = rows;
  let at = from + 1;
  for (let next = load<u8>(from); next !== CLOSE_ARRAY; row += length) {
    // The first row begins where the array does, the others behind a comma.
    if (row === rows) at = from;
    else if (next !== COMMA) return 0;
    Cursor.loss = false;
    if (row > last) return 0;
    at = isPairs ? takePair(at, body, row) : run(at, body, row);
    if (at === 0 || at >= Cursor.limit) return 0;
    store<f64>(row + length - 8, <f64>i32(Cursor.loss));
    if (Cursor.loss) anyLoss = true;
    next = load<u8>(at);
    at += 1;
  }
  Cursor.loss = outer;
  const header = HEADER + HEADER_GROUPS + (group << 3);
  store<i32>(header, <i32>((row - rows) / length));
  store<i32>(header, i32(anyLoss), 4);
  return at;
}

/** The rows most books are made of: two decimals. */
@inline
function takePair(from: usize, body: usize, row: usize): usize {
  let at = takeLiteral(from, body);
  if (at === 0) return 0;
  at = takeDecimal(at);
  if (at === 0) return 0;
  store<f64>(row, Cursor.value);
  at = takeLiteral(at, body + STEP_LENGTH);
  if (at === 0) return 0;
  at = takeDecimal(at);
  if (at === 0) return 0;
  store<f64>(row, Cursor.value, 8);
  return takeLiteral(at, body + 2 * STEP_LENGTH);
}
