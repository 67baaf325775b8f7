/**
 * Keeps a block of lines at the end of the terminal and draws it anew in place. Lines printed while
 * it is up go above it. Not the alternate screen: what was logged stays in the scrollback.
 *
 * Invariant: between two calls the cursor stands at the start of the line below the block, so the
 * block is `#drawn` lines up.
 */

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_BELOW = '\x1b[J';
const CLEAR_TO_END = '\x1b[K';
const CLEAR_SCREEN = '\x1b[2J\x1b[H';
/** Terminals that know it show what comes between at once; the others ignore it. */
const BEGIN_UPDATE = '\x1b[?2026h';
const END_UPDATE = '\x1b[?2026l';

export class PanelScreen {
  readonly #write: (text: string) => void;
  #lines: readonly string[] = [];
  #drawn = 0;
  #isOpen = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Replaces the block. One write, each line overwritten and cleared to its end: no flicker. */
  draw(lines: readonly string[]): void {
    const open = this.#isOpen ? '' : HIDE_CURSOR;
    this.#isOpen = true;
    this.#lines = lines;
    this.#write(BEGIN_UPDATE + open + this.#up() + this.#block() + END_UPDATE);
  }

  /** Puts `text` (whole lines) above the block. */
  print(text: string): void {
    if (!this.#isOpen) {
      this.#write(text);
      return;
    }
    this.#write(BEGIN_UPDATE + this.#up() + CLEAR_BELOW + text + this.#block() + END_UPDATE);
  }

  /** After a change of size nobody knows where the block's lines were wrapped to: start afresh. */
  resized(): void {
    if (!this.#isOpen) return;
    this.#drawn = 0;
    this.#write(CLEAR_SCREEN);
  }

  /** Takes the block away and gives the cursor back. May be called more than once. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#write(this.#up() + CLEAR_BELOW + SHOW_CURSOR);
    this.#drawn = 0;
  }

  #up(): string {
    return this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\r`;
  }

  #block(): string {
    this.#drawn = this.#lines.length;
    const lines = this.#lines.map((line) => `${line}${CLEAR_TO_END}\n`);
    return `${lines.join('')}${CLEAR_BELOW}`;
  }
}
