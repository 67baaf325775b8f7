/**
 * One GET route: its OpenAPI entry, its checked query and its handler in one place. Unknown and
 * repeated parameters are refused everywhere, so a typo can never widen a query.
 */
import { createRoute, type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { closeMatches } from './close-match.ts';
import { HttpProblem, problemResponse, quoted } from './problem.ts';

export interface GetRoute<Shape extends z.ZodRawShape> {
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly query: Shape;
  /** Media type → schema of the 200 answer. */
  readonly answers: Readonly<Record<string, z.ZodType>>;
  /** Problems beyond 400 and 401: status → when. */
  readonly problems?: Readonly<Record<number, string>>;
}

const problemSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: 'bad_parameter' }),
      message: z.string(),
      field: z.string().optional().openapi({ description: 'The parameter that is wrong.' }),
    }),
  })
  .openapi('Problem');

export function defineGet<Shape extends z.ZodRawShape>(
  app: OpenAPIHono,
  route: GetRoute<Shape>,
  handle: (query: z.output<z.ZodObject<Shape>>, context: Context) => Response | Promise<Response>,
): void {
  const querySchema = z.strictObject(route.query);
  const config: RouteConfig = {
    method: 'get',
    path: route.path,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    request: { query: querySchema },
    responses: responsesOf(route),
  };
  const known = Object.keys(route.query);
  app.openapi(
    createRoute(config),
    (context) => {
      const query = context.req.valid('query' as never) as z.output<z.ZodObject<Shape>>;
      return handle(query, context);
    },
    (result, context) => {
      if (result.success) return undefined;
      return problemResponse(problemOf(result.error.issues[0], known, context));
    },
  );
}

function responsesOf(route: GetRoute<z.ZodRawShape>): RouteConfig['responses'] {
  const content = Object.fromEntries(
    Object.entries(route.answers).map(([media, schema]) => [media, { schema }]),
  );
  const problems: Readonly<Record<number, string>> = {
    400: 'A parameter is wrong or unknown.',
    ...route.problems,
  };
  const problemContent = { 'application/json': { schema: problemSchema } };
  return {
    200: { description: 'OK', content },
    ...Object.fromEntries(
      Object.entries(problems).map(([status, description]) => [
        status,
        { description, content: problemContent },
      ]),
    ),
    default: { description: 'Any other problem: 401, 405, 429, 500.', content: problemContent },
  };
}

function problemOf(
  issue: z.core.$ZodIssue | undefined,
  known: readonly string[],
  context: Context,
): HttpProblem {
  if (issue?.code === 'unrecognized_keys') return unknownParameter(issue.keys[0] ?? '', known);
  const field = String(issue?.path[0] ?? '');
  const values = context.req.queries(field) ?? [];
  if (values.length > 1) return wrong(field, 'is given more than once');
  if (values.length === 0) return wrong(field, 'is required');
  return wrong(field, `${quoted(values[0] ?? '')} ${issue?.message ?? 'is wrong'}`);
}

function wrong(field: string, message: string): HttpProblem {
  return new HttpProblem('bad_parameter', `${field}: ${message}`, { field });
}

function unknownParameter(name: string, known: readonly string[]): HttpProblem {
  const [close] = closeMatches(name, known, 1);
  const meant = close === undefined ? '' : `did you mean ${close}? `;
  const list = known.length === 0 ? 'takes no parameters' : `takes ${known.join(', ')}`;
  return new HttpProblem(
    'unknown_parameter',
    `unknown parameter ${quoted(name)}: ${meant}this route ${list}`,
    { field: name.slice(0, 60) },
  );
}
