/** Binds the application to an address with Bun.serve. */
import { EngineError, errorText, UsageError } from '../base/errors.ts';
import { createApp, createGate, type HttpDeps } from './app.ts';
import { assertMayBind } from './bearer-token.ts';
import { HttpProblem, problemResponse } from './problem.ts';

export interface HttpOptions extends HttpDeps {
  readonly host: string;
  /** 0: any free port; the returned `url` names it. */
  readonly port: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:8710`, without a slash at the end. */
  readonly url: string;
  /** Closes the port and what is open; resolves when both are closed. */
  stop(): Promise<void>;
}

/** Nothing here takes a body. */
const BODY_LENGTH_MAX = 16_384;
const IDLE_TIMEOUT_SECONDS = 30;

/**
 * HEAD is answered as GET: Bun sends the length of the body and leaves the body away. Hono would
 * take the body off itself, and the length with it.
 */
function asGet(request: Request): Request {
  return request.method === 'HEAD' ? new Request(request, { method: 'GET' }) : request;
}

/**
 * Throws `UsageError` for an address that may not be bound, `EngineError` for one that cannot be.
 */
export function startHttp(options: HttpOptions): HttpServer {
  const { port } = options;
  // Bun tries every address of a name, so a taken `localhost` would quietly end up on another one.
  const host = options.host.toLowerCase() === 'localhost' ? '127.0.0.1' : options.host;
  assertMayBind(host, options.token);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`http: port ${port} is outside 0..65535`);
  }
  const gate = createGate(options);
  const app = createApp(options, gate);
  const server = bind(host, port, (request) => app.fetch(asGet(request)), options.onError);
  const shownHost = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return {
    url: `http://${shownHost === '' ? '0.0.0.0' : shownHost}:${server.port}`,
    stop: async () => {
      await server.stop(true);
      gate.close();
    },
  };
}

function bind(
  host: string,
  port: number,
  fetch: (request: Request) => Response | Promise<Response>,
  onError: HttpDeps['onError'],
) {
  try {
    return Bun.serve({
      hostname: host.replace(/^\[|\]$/g, ''),
      port,
      fetch,
      maxRequestBodySize: BODY_LENGTH_MAX,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // Bun's own error page shows source code.
      development: false,
      // `development: false` alone shares the port: a second recorder would bind it without an
      // error and the kernel would deal requests out between the two.
      reusePort: false,
      error: (error) => {
        onError?.(error);
        return problemResponse(new HttpProblem('internal', 'this request failed here'));
      },
    });
  } catch (error) {
    throw new EngineError(`http: cannot bind ${host}:${port}: ${errorText(error)}`, {
      code: 'http_bind',
      retry: 'fatal',
      cause: error,
    });
  }
}
