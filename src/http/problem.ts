/**
 * Every refusal and failure that HTTP gives, in one shape:
 * `{"error":{"code":"bad_parameter","message":"…","field":"limit"}}`.
 *
 * Invariant: a message holds what the client sent and what the API knows; never a path, a query of
 * the store, a stack or a secret. The cause stays on the server, with `HttpDeps.onError`.
 */
import { EngineError } from '../base/errors.ts';

/** Codes are part of the API: clients switch on them. */
export const PROBLEM_STATUS = {
  bad_parameter: 400,
  unknown_parameter: 400,
  bad_request: 400,
  unauthorized: 401,
  not_found: 404,
  unknown_instrument: 404,
  method_not_allowed: 405,
  not_derivable: 422,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
  store_unreachable: 503,
} as const;
export type ProblemCode = keyof typeof PROBLEM_STATUS;

export interface ProblemOptions {
  /** The query parameter that is wrong. */
  readonly field?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

export class HttpProblem extends EngineError {
  override readonly name = 'HttpProblem';
  readonly problem: ProblemCode;
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, { code: problem, retry: 'fatal', cause: options.cause });
    this.problem = problem;
    this.field = options.field;
    this.headers = options.headers ?? {};
  }
}

export function badParameter(field: string, message: string): HttpProblem {
  return new HttpProblem('bad_parameter', message, { field });
}

export function problemResponse(problem: HttpProblem): Response {
  const { field, message } = problem;
  const error = { code: problem.problem, message, ...(field === undefined ? {} : { field }) };
  return new Response(JSON.stringify({ error }), {
    status: PROBLEM_STATUS[problem.problem],
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'cache-control': 'no-store',
      ...problem.headers,
    },
  });
}

/** What a client sent, short enough and safe to repeat in a message. */
export function quoted(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return JSON.stringify(shown);
}
