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
  // Only documents that have them pay for the rarer parameter styles and for forms.
  ['with parameter styles and forms', 'createClient, createHttpClient, unwrap, RtgenError, styles, forms', 7.85 * KB],
  // So do clients that were generated with an option.
  ['a client with dates', 'createClient, convert, shaped, dates', 8.5 * KB],
  ['a client with Temporal', 'createClient, convert, shaped, temporal', 8.5 * KB],
  ['a client with bigints', 'createClient, convert, shaped, bigints, exact, longs, rounded', 9.25 * KB],
  ['a client that checks', 'createClient, convert, validated', 11.5 * KB],
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

test('the schema of one more small type costs at most 150 bytes, its dates at most 40', async (t) => {
  const nouns = ['order', 'customer', 'invoice', 'shipment', 'product', 'refund', 'coupon', 'cart', 'review', 'vendor'];
  const table = (n: number, entry: (noun: string, i: number) => [string, unknown]) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => entry(nouns[i % 10]! + Math.floor(i / 10), i)));
  const each = async (entry: (noun: string, i: number) => [string, unknown]) => {
    const emitted = (n: number) => `export const types = ${JSON.stringify({ ...table(10, entry), ...table(n, entry) })}`;
    return ((await size(emitted(50))) - (await size(emitted(10)))) / 40;
  };
  const schemas = await each((noun, i) => [
    noun,
    { type: 'object', required: ['id', 'name'], properties: { id: { type: 'string', format: 'uuid' }, name: { type: 'string', maxLength: 20 + i }, [`${noun}At`]: { type: 'string', format: 'date-time' }, total: { type: 'number', minimum: 0 } } },
  ]);
  const dates = await each((noun) => [noun, { properties: { [`${noun}At`]: 'date-time', due: 'date' } }]);
  t.diagnostic(`${schemas} and ${dates} bytes each`);
  assert.ok(schemas <= 150 && dates <= 40, `${schemas} and ${dates} bytes each`);
});
