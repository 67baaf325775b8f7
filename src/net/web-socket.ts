/** One client WebSocket: frames in, text out. No policy: reconnecting is the session's business. */

export interface SocketEvents {
  onOpen(): void;
  onText(text: string): void;
  onBinary(bytes: Uint8Array): void;
  /** Exactly once, also when the connection never opened. */
  onClose(code: number, reason: string): void;
}

export interface ClientSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
}

/** Starts connecting to `url`. Pings are answered by the runtime. */
export function connectSocket(url: string, events: SocketEvents): ClientSocket {
  let isClosed = false;
  let problem = '';
  const closed = (code: number, reason: string) => {
    if (isClosed) return;
    isClosed = true;
    events.onClose(code, reason);
  };
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    if (!isClosed) events.onOpen();
  };
  socket.onmessage = ({ data }) => {
    if (isClosed) return;
    if (typeof data === 'string') events.onText(data);
    else events.onBinary(new Uint8Array(data as ArrayBuffer));
  };
  socket.onerror = (event) => {
    problem = (event as ErrorEvent).message ?? '';
  };
  socket.onclose = ({ code, reason }) => closed(code, reason === '' ? problem : reason);
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code, reason) => {
      // The session has let go of it already: later events of this socket are nobody's.
      isClosed = true;
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(code, reason);
    },
  };
}
