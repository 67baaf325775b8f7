/**
 * A bulk load as the driver takes it: the whole message is one buffer that is handed to the socket
 * as it is. The buffer may be used again when the load has resolved or rejected.
 */

/** What of the driver's connection is used. */
interface Connection {
  query(text: string): void;
  readonly stream: { write(bytes: Uint8Array): void };
  endCopyFrom(): void;
}

/** The driver's interface for what it runs in turn (`submit`), by its names. */
export class CopyIn {
  readonly #text: string;
  readonly #message: Uint8Array;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: Error) => void;
  #rows = 0;

  constructor(
    text: string,
    message: Uint8Array,
    resolve: (rows: number) => void,
    reject: (error: Error) => void,
  ) {
    this.#text = text;
    this.#message = message;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: Connection): void {
    connection.stream.write(this.#message);
    connection.endCopyFrom();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(text.split(' ')[1]);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }

  handleError(error: Error): void {
    this.#reject(error);
  }
}
