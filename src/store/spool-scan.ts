/**
 * What a segment file holds after a crash: a pure look at its bytes, used before it is read back.
 */
import {
  decodeFrameHead,
  decodeSegmentHead,
  FRAME_HEAD_LENGTH,
  FRAME_MAGIC,
  isFrameWhole,
  SEGMENT_HEAD_LENGTH,
  type SpoolDictionary,
  segmentHeadLength,
} from './spool-frame.ts';

export interface SegmentScan {
  /** Undefined when the header is not whole: nothing of the segment can be read then. */
  readonly dictionary: SpoolDictionary | undefined;
  readonly headLength: number;
  /** Whole frames from the start on, up to the first that is not. */
  readonly frameCount: number;
  /** Sequence of the first frame, NaN when there is none. */
  readonly firstSequence: number;
  /** End of the last good frame. */
  readonly goodLength: number;
  /** Whole frames behind a bad one: it was damaged, not torn off by a crash. */
  readonly framesBehind: number;
}

export function scanSegment(bytes: Uint8Array): SegmentScan {
  const headLength = segmentHeadLength(bytes.subarray(0, SEGMENT_HEAD_LENGTH)) ?? bytes.length + 1;
  const head = bytes.subarray(0, headLength);
  const dictionary = head.length === headLength ? decodeSegmentHead(head) : undefined;
  let at = dictionary === undefined ? 0 : headLength;
  let frameCount = 0;
  let firstSequence = Number.NaN;
  while (dictionary !== undefined) {
    const frame = wholeFrameAt(bytes, at);
    if (frame === undefined) break;
    if (frameCount === 0) firstSequence = frame.sequence;
    else if (frame.sequence !== firstSequence + frameCount) break;
    frameCount += 1;
    at = frame.end;
  }
  const framesBehind = countFrames(bytes, at);
  return { dictionary, headLength, frameCount, firstSequence, goodLength: at, framesBehind };
}

/** Whole frames anywhere from `from` on: frames start at multiples of 8. */
function countFrames(bytes: Uint8Array, from: number): number {
  let count = 0;
  let at = from;
  while (at + FRAME_HEAD_LENGTH <= bytes.length) {
    const end = wholeFrameAt(bytes, at)?.end;
    if (end !== undefined) count += 1;
    at = end ?? at + 8;
  }
  return count;
}

function wholeFrameAt(
  bytes: Uint8Array,
  at: number,
): { readonly sequence: number; readonly end: number } | undefined {
  // The cheap look first: this runs over every word of a damaged segment.
  if (bytes[at] !== (FRAME_MAGIC & 0xff)) return undefined;
  const head = bytes.subarray(at, at + FRAME_HEAD_LENGTH);
  const frame = decodeFrameHead(head);
  if (frame === undefined) return undefined;
  const end = at + FRAME_HEAD_LENGTH + frame.length;
  if (end > bytes.length) return undefined;
  const payload = bytes.subarray(at + FRAME_HEAD_LENGTH, end);
  return isFrameWhole(head, payload) ? { sequence: frame.sequence, end } : undefined;
}
