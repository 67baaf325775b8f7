/**
 * A bulk load as the driver takes it: messages are made once the server wants them and go to the
 * socket as they are. Their memory may be used again when the load has resolved or rejected.
 */
import { errorText } from '../../base/errors.ts';

export type SendMessage = (message: Uint8Array) => void;
/** Makes the CopyData messages, in order. */
export type EncodeMessages = (send: SendMessage) => void;

/** What of the driver's connection is used. */
interface Connection {
  query(text: string): void;
  readonly stream: { write(bytes: Uint8Array): void };
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** The driver's interface for what it runs in turn (`submit`), by its names. */
export class CopyIn {
  readonly #text: string;
  readonly #encode: EncodeMessages;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: Error) => void;
  #rows = 0;
  /** Why the rows could not be encoded. */
  #failure: Error | undefined;

  constructor(
    text: string,
    encode: EncodeMessages,
    resolve: (rows: number) => void,
    reject: (error: Error) => void,
  ) {
    this.#text = text;
    this.#encode = encode;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: Connection): void {
    try {
      this.#encode((message) => connection.stream.write(message));
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(errorText(error));
      connection.sendCopyFail(this.#failure.message);
      return;
    }
    connection.endCopyFrom();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(text.split(' ')[1]);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }

  handleError(error: Error): void {
    this.#reject(this.#failure ?? error);
  }
}
