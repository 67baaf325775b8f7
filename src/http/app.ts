/**
 * The HTTP application: routes, checks in front of them, and one shape for everything that fails.
 * It only reads: the engine through its view, the store through a reader of its own.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { Clock } from '../base/clock.ts';
import type { EngineView } from '../engine/engine-view.ts';
import type { StoreReader } from '../store/contract.ts';
import { createTokenCheck } from './bearer-token.ts';
import { defineGet } from './get-route.ts';
import { InstrumentDirectory } from './instrument-directory.ts';
import { createMetricsRegistry } from './metrics-registry.ts';
import { HttpProblem, problemResponse, quoted } from './problem.ts';
import { RequestRate } from './request-rate.ts';
import { addCandleRoutes } from './routes/candle-routes.ts';
import { addIntegrityRoutes } from './routes/integrity-routes.ts';
import { addMarketRoutes } from './routes/market-routes.ts';
import { addPageRoutes } from './routes/page-routes.ts';
import { addStatusRoutes } from './routes/status-routes.ts';
import { StoreGate } from './store-gate.ts';

export interface HttpDeps {
  readonly view: EngineView;
  /** Opens a reader of the store; one serves all requests. Rejects while the store is down. */
  readonly reader: () => Promise<StoreReader>;
  readonly clock: Clock;
  /** When given, every route but health wants `Authorization: Bearer <token>`. */
  readonly token?: string;
  /** Requests a second over all clients; absent: no limit. */
  readonly requestsPerSecond?: number;
  /** Causes that clients are not told; for the log. */
  readonly onError?: (error: unknown) => void;
}

const HEALTH_PATH = '/api/v1/health';
const METHODS = 'GET, HEAD';

export function createGate({ reader, clock, onError = () => undefined }: HttpDeps): StoreGate {
  return new StoreGate({ reader, clock, onError });
}

export function createApp(deps: HttpDeps, gate = createGate(deps)): OpenAPIHono {
  const onError = deps.onError ?? (() => undefined);
  const directory = new InstrumentDirectory({ view: deps.view, gate, clock: deps.clock });
  const routeDeps = { view: deps.view, clock: deps.clock, gate, directory };

  const app = new OpenAPIHono();
  app.onError((error) => problemResponse(problemOf(error, onError)));
  app.notFound((context) => problemResponse(notFound(context)));
  // Order matters: who may not ask learns nothing of the routes, and costs no rate.
  if (deps.token !== undefined) app.use(requireToken(deps.token));
  if (deps.requestsPerSecond !== undefined) {
    app.use(limitRate(new RequestRate(deps.requestsPerSecond, deps.clock)));
  }
  app.use(harden);
  addStatusRoutes(app, routeDeps);
  addCandleRoutes(app, routeDeps);
  addMarketRoutes(app, routeDeps);
  addIntegrityRoutes(app, routeDeps);
  addMetricsRoute(app, deps.view);
  addPageRoutes(app);
  addDescription(app, deps);
  refuseOtherMethods(app);
  return app;
}

function problemOf(error: unknown, onError: (error: unknown) => void): HttpProblem {
  if (error instanceof HttpProblem) return error;
  onError(error);
  return new HttpProblem('internal', 'this request failed here; the cause is in the log');
}

function notFound(context: Context): HttpProblem {
  return new HttpProblem('not_found', `no route ${quoted(context.req.path)}; see /docs`);
}

function requireToken(token: string): MiddlewareHandler {
  const isGranted = createTokenCheck(token);
  return async (context, next) => {
    if (context.req.path === HEALTH_PATH || isGranted(context.req.header('authorization'))) {
      await next();
      return undefined;
    }
    return problemResponse(
      new HttpProblem('unauthorized', 'give the token: Authorization: Bearer …', {
        headers: { 'www-authenticate': 'Bearer' },
      }),
    );
  };
}

function limitRate(rate: RequestRate): MiddlewareHandler {
  return async (context, next) => {
    // Health stays answerable for the monitor, whatever the others ask.
    if (context.req.path !== HEALTH_PATH) rate.admit();
    await next();
  };
}

/** Live data is never cached, and no answer is taken for another type than it says. */
const harden: MiddlewareHandler = async (context, next) => {
  await next();
  const { headers } = context.res;
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  headers.set('x-content-type-options', 'nosniff');
};

function addMetricsRoute(app: OpenAPIHono, view: EngineView): void {
  const registry = createMetricsRegistry(view);
  defineGet(
    app,
    {
      path: '/metrics',
      tag: 'status',
      summary: 'The counters for Prometheus',
      query: {},
      answers: { 'text/plain': z.string() },
    },
    async () => {
      const headers = { 'content-type': registry.contentType };
      return new Response(await registry.metrics(), { headers });
    },
  );
}

function addDescription(app: OpenAPIHono, { view, token }: HttpDeps): void {
  const scheme = { type: 'http', scheme: 'bearer' } as const;
  if (token !== undefined) {
    app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', scheme);
  }
  app.doc31('/api/v1/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Tickspine',
      version: view.version,
      description: 'Market data as recorded. Times are UTC; `_us` is µs since the Unix epoch.',
    },
    ...(token === undefined ? {} : { security: [{ bearer: [] }] }),
  });
}

/** Everything only reads: a known path with another method is a 405 that says what is allowed. */
function refuseOtherMethods(app: OpenAPIHono): void {
  const paths = new Set(app.routes.filter((r) => r.method === 'GET').map((r) => r.path));
  for (const path of paths) {
    app.all(path, (context) =>
      problemResponse(
        new HttpProblem('method_not_allowed', `${context.req.method} is not allowed: ${METHODS}`, {
          headers: { allow: METHODS },
        }),
      ),
    );
  }
}
