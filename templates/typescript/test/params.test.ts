import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpClient, styles } from '../runtime/index.js';
import { outcome } from './support/server.js';

// The table "Style Examples" of OpenAPI 3.2, with the delimiters percent-encoded where a query needs it.
const array = ['blue', 'black', 'brown'];
const object = { R: 100, G: 200, B: 150 };
const cases: [style: string, empty: string | undefined, text: string, array: string, object: string][] = [
  ['matrix', ';color', ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
  ['matrix*', ';color', ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
  ['label', '.', '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
  ['label*', '.', '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
  ['simple', '', 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
  ['simple*', '', 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
  ['form', 'color=', 'color=blue', 'color=blue,black,brown', 'color=R,100,G,200,B,150'],
  ['form*', 'color=', 'color=blue', 'color=blue&color=black&color=brown', 'R=100&G=200&B=150'],
  ['spaceDelimited', 'color=', 'color=blue', 'color=blue%20black%20brown', 'color=R%20100%20G%20200%20B%20150'],
  ['pipeDelimited', 'color=', 'color=blue', 'color=blue%7Cblack%7Cbrown', 'color=R%7C100%7CG%7C200%7CB%7C150'],
  ['deepObject*', 'color=', 'color=blue', 'color=blue&color=black&color=brown', 'color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150'],
];
for (const [style, empty, text, list, members] of cases) {
  test(`style ${style}`, () => {
    assert.equal(styles('color', '', style), empty);
    assert.equal(styles('color', 'blue', style), text);
    assert.equal(styles('color', array, style), list);
    assert.equal(styles('color', object, style), members);
    assert.equal(styles('color', [], style), '');
  });
}

test('values are percent-encoded once, in names and in values', () => {
  assert.equal(styles('a b', ['x,y', 'é&='], 'form'), 'a%20b=x%2Cy,%C3%A9%26%3D');
  assert.equal(styles('q', 'a/b?c[d]&e#f', 'form+'), 'q=a/b?c[d]%26e%23f');
  assert.equal(styles('q', 'a+b', 'form+'), 'q=a%2Bb', 'a plus would be read as a space');
  assert.equal(styles('p', 'a/b?c+d;e', 'simple+', 'path'), 'a%2Fb%3Fc+d;e');
  assert.equal(styles('q', { 'a[b]': '1&2' }, 'deepObject'), 'q%5Ba%5Bb%5D%5D=1%262');
  assert.equal(styles('f', { a: { b: [1, 2], c: null } }, 'deepObject'), 'f%5Ba%5D%5Bb%5D=1&f%5Ba%5D%5Bb%5D=2');
  assert.equal(styles('f', { a: 1 }, 'json'), 'f=%7B%22a%22%3A1%7D');
  assert.equal(styles('f', { a: 1 }, 'jsonValue', 'header'), '{"a":1}');
  assert.equal(styles('d', new Date(0), 'form'), 'd=1970-01-01T00%3A00%3A00.000Z');
});

interface Calls {
  op(request?: object, options?: object): Promise<unknown>;
}

/** The request target that a row and a request give. */
async function url(route: string, request: object, style?: Record<string, string>): Promise<string> {
  let seen = '';
  const client = createHttpClient<Calls>(
    { operations: { op: { route, ...(style && { style }) } }, styles },
    { url: '', fetch: async (address) => ((seen = address), new Response()) },
  );
  await client.op(request);
  return seen;
}

test('a path keeps its parameters apart', async () => {
  assert.equal(await url('GET /a/{x}/b-{y}.json', { path: { x: 'p/q', y: 'ü?' } }), '/a/p%2Fq/b-%C3%BC%3F.json');
  assert.equal(await url('GET /a/{x}', { path: { x: [1, 2] } }), '/a/1,2');
  assert.equal(await url('GET /a{x}', { path: { x: { k: 'v' } } }, { 'path.x': 'matrix*' }), '/a;k=v');
  assert.equal(await url('GET /a/{x}', { path: { x: 'é' } }, { 'path.x': 'label' }), '/a/.%C3%A9');
});

test('the query is in the order of the caller, without what is absent', async () => {
  const query = { b: [1, 2], a: 'x y', n: null, u: undefined, e: [], t: true, z: 0, f: { p: 1 } };
  assert.equal(await url('GET /s', { query }, { 'query.f': 'deepObject*' }), '/s?b=1&b=2&a=x%20y&t=true&z=0&f%5Bp%5D=1');
  assert.equal(await url('GET /s', { query: { only: null } }), '/s');
  assert.equal(await url('GET /s', { query: { f: {}, a: 1 } }, { 'query.f': 'form*' }), '/s?a=1');
});

test('a parameter that is the whole query has no name in it', async () => {
  const query = { all: { a: 1, b: ['x', 'y&z'], n: null } };
  assert.equal(await url('GET /s', { query }, { 'query.all': 'whole' }), '/s?a=1&b=x&b=y%26z');
  assert.equal(await url('GET /s', { query: { all: ['a'] } }, { 'query.all': 'jsonValue' }), '/s?%5B%22a%22%5D');
  assert.equal(await url('GET /s', { query: { all: 'a=b c' } }, { 'query.all': 'simple' }), '/s?a%3Db%20c');
});

test('a value does not end before the text between two parameters of a segment', async () => {
  const path = { name: 'a.b/c.', ext: 'tar.gz' };
  assert.equal(await url('GET /f/{name}.{ext}', { path }, { 'path.name': 'simple.' }), '/f/a%2Eb%2Fc%2E.tar.gz');
});

test('a path parameter that is missing or would leave its segment is refused before sending', async () => {
  for (const path of [undefined, {}, { x: null }, { x: '..' }, { x: '.' }, { x: '%2e%2E' }]) {
    const request = path?.x === '%2e%2E' ? { path: { x: '.' } } : { path };
    const error = await outcome(url('GET /a/{x}/b', request));
    assert.equal(error.code, 'request');
    assert.equal(error.outcomeUnknown, false);
  }
  assert.equal(await url('GET /a/{x}/b', { path: { x: '...' } }), '/a/.../b');
  assert.equal((await outcome(url('GET /a/{x}', { path: { x: '\ud800' } }))).code, 'request');
});

test('hostile names are names like any other', async () => {
  const query = JSON.parse('{"__proto__": "p", "constructor": "c", "toString": "t"}');
  assert.equal(await url('GET /s', { query }), '/s?__proto__=p&constructor=c&toString=t');
  assert.equal((await outcome(url('GET /{constructor}', { path: {} }))).code, 'request');
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
  assert.equal(({} as { p?: unknown }).p, undefined);
});
