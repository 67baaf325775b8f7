/** First byte of a WebSocket frame (RFC 6455, section 5.2). */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
  /** Bit of a message's last, or only, frame. */
  final: 0x80,
  /** What nearly every frame begins with: a text in one piece. */
  wholeText: 0x81,
} as const;
