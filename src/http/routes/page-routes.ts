/**
 * `/` (index page), `/docs` (Swagger UI over `/api/v1/openapi.json`) and their files. Everything is
 * served from here: a recorder often runs where the internet is not.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { HttpProblem } from '../problem.ts';

interface PageFile {
  readonly path: string;
  readonly source: URL;
  readonly type: string;
  /** Seconds a browser may keep it; 0: asks again each time. */
  readonly maxAge: number;
}

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

// Swagger UI sets style attributes and draws its icons from data URLs; nothing else is let in.
const CONTENT_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "frame-ancestors 'none'; base-uri 'none'";

export const PAGE_FILES: readonly PageFile[] = [
  { path: '/', source: ownFile('home.html'), type: HTML, maxAge: 0 },
  { path: '/home.js', source: ownFile('home.js'), type: SCRIPT, maxAge: 0 },
  { path: '/home.css', source: ownFile('home.css'), type: STYLE, maxAge: 0 },
  { path: '/docs', source: ownFile('docs.html'), type: HTML, maxAge: 0 },
  { path: '/docs/start.js', source: ownFile('docs-start.js'), type: SCRIPT, maxAge: 0 },
  {
    path: '/docs/swagger-ui.css',
    source: packageFile('swagger-ui-dist/swagger-ui.css'),
    type: STYLE,
    maxAge: 86_400,
  },
  {
    path: '/docs/swagger-ui-bundle.js',
    source: packageFile('swagger-ui-dist/swagger-ui-bundle.js'),
    type: SCRIPT,
    maxAge: 86_400,
  },
];

export function addPageRoutes(app: OpenAPIHono): void {
  for (const page of PAGE_FILES) {
    app.get(page.path, async () => {
      const file = Bun.file(page.source);
      if (!(await file.exists())) throw new HttpProblem('not_found', `${page.path} is missing`);
      return new Response(file, {
        headers: {
          'content-type': page.type,
          'cache-control': page.maxAge === 0 ? 'no-cache' : `max-age=${page.maxAge}`,
          'content-security-policy': CONTENT_POLICY,
        },
      });
    });
  }
}

function ownFile(name: string): URL {
  return new URL(`../pages/${name}`, import.meta.url);
}

function packageFile(name: string): URL {
  return new URL(import.meta.resolve(name));
}
