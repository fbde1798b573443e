import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { api } from './emitted/chat/operations.js';
import type { OperationRow } from '../runtime/index.js';

// Size is a feature, so it has a test: what a bundler leaves of the runtime, minified and compressed.

const KB = 1024;

async function size(source: string): Promise<number> {
  const result = await build({
    stdin: { contents: source, resolveDir: 'runtime' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return gzipSync(result.outputFiles[0]!.contents, { level: 9 }).length;
}

const budgets: [what: string, names: string, bytes: number][] = [
  ['the client over HTTP and socket', 'createClient', 7 * KB],
  ['the client over HTTP only', 'createHttpClient', 2 * KB],
  // Only documents that have them pay for the rarer parameter styles, for forms and for streams.
  ['with parameter styles and forms', 'createClient, createHttpClient, unwrap, RtgenError, styles, forms', 7.75 * KB],
  ['everything there is', 'createClient, createHttpClient, unwrap, RtgenError, styles, forms, streams', 9 * KB],
];
for (const [what, names, bytes] of budgets) {
  test(`${what}: at most ${bytes} bytes`, async (t) => {
    const got = await size(`export { ${names} } from './index.ts'`);
    t.diagnostic(`${what}: ${got} bytes`);
    assert.ok(got <= bytes, `${got} bytes`);
  });
}

test('one more operation costs at most 60 bytes', async (t) => {
  const rows = (n: number) =>
    Object.fromEntries(
      ['orders', 'customers', 'invoices', 'shipments', 'products', 'refunds', 'coupons', 'carts', 'reviews', 'vendors']
        .flatMap((noun): [string, OperationRow][] => {
          const one = noun.slice(0, -1);
          const name = one[0]!.toUpperCase() + one.slice(1);
          return [
            [`list${name}s`, { route: `GET /${noun}`, status: '200 default' }],
            [`create${name}`, { route: `POST /${noun}`, status: '201 422 default' }],
            [`get${name}`, { route: `GET /${noun}/{${one}Id}`, status: '200 404 default' }],
            [`update${name}`, { route: `PATCH /${noun}/{${one}Id}`, status: '200 default', body: 'application/merge-patch+json' }],
            [`delete${name}`, { route: `DELETE /${noun}/{${one}Id}`, status: '204 default' }],
          ];
        })
        .slice(0, n),
    );
  const emitted = (n: number) =>
    `import { createHttpClient } from './index.ts'; export const client = createHttpClient({ operations: ${JSON.stringify({ ...api.operations, ...rows(n) })} })`;
  const each = ((await size(emitted(50))) - (await size(emitted(0)))) / 50;
  t.diagnostic(`${each} bytes each`);
  assert.ok(each <= 60, `${each} bytes each`);
});
