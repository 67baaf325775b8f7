/** What the parts of the module tell each other; addresses are of its memory. */

export class Cursor {
  /** Where the names of the reader are whose turn it is. */
  static names: usize = 0;
  /** Of what was read last. */
  static value: f64 = 0;
  /** Address behind the frame's last byte. */
  static limit: usize = 0;
  /** A decimal had more than 15 significant digits. */
  static loss: bool = false;
  /** The name that was read last; 0: none yet. */
  static nameFrom: usize = 0;
  static nameLength: usize = 0;
  /** A name was met that the table of known ones does not hold. */
  static missed: bool = false;
}

export const QUOTE: u8 = 0x22;
export const COMMA: u8 = 0x2c;
export const POINT: u8 = 0x2e;
export const ZERO: u8 = 0x30;
export const CLOSE_ARRAY: u8 = 0x5d;
