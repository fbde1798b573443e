import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { createHttpClient, forms, RtgenError, styles, unwrap, type AnyResult, type Api, type CallOptions, type HttpClientOptions, type OperationRow } from '../runtime/index.js';
import { FakeClock, settled } from './support/clock.js';
import { json, outcome } from './support/server.js';

interface Calls {
  op(request?: object, options?: CallOptions): Promise<AnyResult>;
  get(path: string, request?: object): Promise<AnyResult>;
}

/** A client of one operation, and the requests that it makes. */
function rig(row: Partial<OperationRow>, answer: (request: Request) => Response | Promise<Response> = () => json({}), options: HttpClientOptions = {}) {
  const requests: Request[] = [];
  const inits: RequestInit[] = [];
  const api: Api = { operations: { op: { route: 'POST /things', ...row } }, url: 'http://api.test/v1/', styles, forms };
  const client = createHttpClient<Calls>(api, {
    fetch: async (url, init) => {
      inits.push(init);
      const request = new Request(url, init);
      requests.push(request);
      return answer(request);
    },
    ...options,
  });
  return { client, requests, inits };
}

test('a JSON body goes out as JSON, and comes back as a value', async () => {
  const body = { list: [], nested: [[null, { a: 1 }]], nothing: null };
  const { client, requests } = rig({ status: '201' }, async (request) => json(await request.json(), 201, { Location: '/things/1' }));
  const result = await client.op({ body });
  assert.deepEqual(
    { ...result, headers: { ...result.headers } },
    {
      status: 201,
      ok: true,
      body,
      headers: { 'content-type': 'application/json', location: '/things/1' },
      channels: {},
      type: 'application/json',
      transport: 'http',
    },
  );
  assert.equal(requests[0]!.url, 'http://api.test/v1/things');
  assert.equal(requests[0]!.headers.get('content-type'), 'application/json');
});

test('bodies take the form of their media type', async () => {
  const seen = async (row: Partial<OperationRow>, request: object) => {
    const { client, requests } = rig(row);
    await client.op(request);
    return requests[0]!;
  };
  const patch = await seen({ body: 'application/merge-patch+json' }, { body: { a: null } });
  assert.deepEqual([patch.headers.get('content-type'), await patch.text()], ['application/merge-patch+json', '{"a":null}']);

  const form = await seen({ body: 'application/x-www-form-urlencoded', style: { 'body.ids': 'pipeDelimited' } }, { body: { a: 'x&y', l: [1, 2], ids: [1, 2], o: { p: 1 } } });
  assert.equal(await form.text(), 'a=x%26y&l=1&l=2&ids=1%7C2&o=%7B%22p%22%3A1%7D');

  const multi = await seen(
    { body: 'multipart/form-data', style: { 'body.note': 'text/markdown' } },
    { body: { name: 'n', tags: ['a', 'b'], meta: { k: 1 }, note: '# x', file: new Blob(['bytes'], { type: 'image/png' }), none: undefined } },
  );
  assert.match(multi.headers.get('content-type')!, /^multipart\/form-data; boundary=/);
  const parts = await multi.formData();
  assert.deepEqual(parts.getAll('tags'), ['a', 'b']);
  assert.equal(parts.get('name'), 'n');
  const meta = parts.get('meta') as File;
  assert.deepEqual([meta.type, await meta.text()], ['application/json', '{"k":1}']);
  assert.equal((parts.get('note') as File).type, 'text/markdown');
  assert.equal((parts.get('file') as File).type, 'image/png');
  assert.equal(parts.has('none'), false);

  const given = new FormData();
  given.set('a', '1');
  assert.equal((await (await seen({ body: 'multipart/form-data' }, { body: given })).formData()).get('a'), '1');

  const text = await seen({ body: 'text/plain' }, { body: 'plain' });
  assert.deepEqual([text.headers.get('content-type'), await text.text()], ['text/plain', 'plain']);

  const bytes = await seen({ body: 'application/octet-stream' }, { body: new Uint8Array([1, 2]).buffer });
  assert.deepEqual([...new Uint8Array(await bytes.arrayBuffer())], [1, 2]);

  const stream = await seen({ body: 'application/octet-stream' }, { body: new Blob(['streamed']).stream() });
  assert.equal(await stream.text(), 'streamed');

  const chosen = await seen({}, { body: 'a,b', contentType: 'text/csv' });
  assert.deepEqual([chosen.headers.get('content-type'), await chosen.text()], ['text/csv', 'a,b']);

  const none = await seen({}, {});
  assert.deepEqual([none.headers.get('content-type'), await none.text()], [null, '']);
});

test('response bodies are read by their media type', async () => {
  const read = async (body: BodyInit | null, type?: string, status = 200) =>
    (await rig({}, () => new Response(body, { status, headers: type ? { 'content-type': type } : {} })).client.op()).body;
  assert.deepEqual(await read('{"a":1}', 'Application/Problem+JSON; charset=utf-8'), { a: 1 });
  assert.equal(await read('', 'application/json'), undefined);
  assert.equal(await read('', 'text/plain'), '');
  assert.equal(await read('<a/>', 'application/xml'), '<a/>');
  assert.equal(await read(null, undefined, 204), undefined);
  assert.equal(await read(new Uint8Array()), undefined);
  const blob = (await read('bytes', 'image/png')) as Blob;
  assert.deepEqual([blob.type, await blob.text()], ['image/png', 'bytes']);
});

test('headers: the call wins, undefined removes, and the objects of the caller stay as they are', async () => {
  const common = { 'X-A': 'common', 'X-B': 'common', 'X-C': 'common' };
  const own = Object.freeze({ 'x-b': 'own', 'x-c': undefined, 'X-D': 'own' });
  const parameters = Object.freeze({ 'X-D': ['p', 'q'], 'X-E': { a: 1, b: 2 } });
  const { client, requests } = rig({ style: { 'header.X-E': 'simple*' } }, undefined, { headers: () => common });
  await client.op({ headers: parameters }, { headers: own, idempotencyKey: 'k1' });
  const seen = Object.fromEntries(requests[0]!.headers);
  assert.deepEqual(seen, { 'idempotency-key': 'k1', 'x-a': 'common', 'x-b': 'own', 'x-d': 'p,q', 'x-e': 'a=1,b=2' });
  assert.deepEqual(common, { 'X-A': 'common', 'X-B': 'common', 'X-C': 'common' });
  const error = await outcome(client.op({ headers: { 'X-D': 'a\r\nEvil: 1' } }));
  assert.equal(error.code, 'request');
  assert.equal(requests.length, 1);
});

test('cookies become one header', async () => {
  const { client, inits } = rig({ style: { 'cookie.o': 'form' } });
  await client.op({ cookies: { sid: 'a;b', o: { x: 1 }, none: undefined } });
  assert.equal((inits[0]!.headers as Headers).get('cookie'), 'sid=a%3Bb; o=x,1');
});

test('credentials are asked for each request, unless the call has its own', async () => {
  let asked = 0;
  const { client, requests } = rig({}, undefined, { auth: async () => ({ scheme: 'Bearer', token: `t${++asked}` }) });
  await client.op();
  await client.op();
  await client.op({}, { headers: { authorization: 'Basic x' } });
  assert.deepEqual(requests.map((r) => r.headers.get('authorization')), ['Bearer t1', 'Bearer t2', 'Basic x']);
  assert.equal(asked, 2);
  const refused = rig({}, undefined, { auth: () => { throw new Error('no token'); } });
  const error = await outcome(refused.client.op());
  assert.deepEqual([error.code, error.outcomeUnknown, refused.requests.length], ['request', false, 0]);
});

test('documented statuses resolve, all others throw with the answer', async () => {
  const get = async (statuses: string | undefined, status: number) =>
    rig(statuses === undefined ? {} : { status: statuses }, () => json({ detail: 'why' }, status)).client.op();
  assert.equal((await get('200 404', 404)).ok, false);
  assert.equal((await get('200 4XX', 418)).status, 418);
  assert.equal((await get('2XX', 207)).ok, true);
  assert.equal((await get('201 default', 500)).status, 500);
  assert.equal((await get(undefined, 207)).status, 207);
  for (const [statuses, status] of [['200 404', 500], ['200', 201], ['201 default', 200], ['4XX', 200], ['2XX', 400], ['200 default', 202]] as const) {
    const error = await outcome(get(statuses, status));
    assert.equal(error.code, 'status');
    assert.equal(error.message, `status ${status}: why`);
    assert.equal((error.result as AnyResult).status, status);
    assert.equal(error.outcomeUnknown, false);
  }
});

test('unwrap gives the body or throws', async () => {
  const { client } = rig({ status: '200 404' }, () => json({ a: 1 }));
  assert.deepEqual(await unwrap(client.op()), { a: 1 });
  const failing = rig({ status: '200 404' }, () => json({ title: 'Gone' }, 404)).client;
  const error = await outcome(unwrap(await failing.op()));
  assert.ok(error instanceof RtgenError);
  assert.equal(error.message, 'status 404: Gone');
});

test('a redirect is an answer, and is not followed', async () => {
  const { client, inits } = rig({ status: '303' }, () => new Response(null, { status: 303, headers: { location: '/x' } }));
  const result = await client.op();
  assert.deepEqual([result.status, result.headers['location'], inits[0]!.redirect], [303, '/x', 'manual']);
});

test('what is no answer is an error that says whether the outcome is known', async () => {
  const network = await outcome(rig({}, () => { throw new TypeError('fetch failed'); }).client.op());
  assert.deepEqual([network.code, network.outcomeUnknown], ['network', true]);
  const broken = await outcome(rig({}, () => new Response('{', { headers: { 'content-type': 'application/json' } })).client.op());
  assert.deepEqual([broken.code, broken.outcomeUnknown], ['protocol', true]);
  assert.equal((await outcome(rig({ route: 'GET /x' }).client.get('/y'))).code, 'request');
});

test('a call ends with its signal or its time, and leaves nothing behind', async () => {
  const clock = new FakeClock();
  const hang = (request: Request) => new Promise<Response>((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)));
  const { client, requests } = rig({}, hang, { clock, timeout: 1000 });

  const late = outcome(client.op());
  await clock.advance(999);
  assert.equal(requests.length, 1);
  await clock.advance(1);
  assert.deepEqual([(await late).code, (await late).outcomeUnknown], ['timeout', true]);

  const controller = new AbortController();
  const given = outcome(client.op({}, { signal: controller.signal, timeout: 5000 }));
  await settled();
  controller.abort(new Error('enough'));
  const error = await given;
  assert.equal(error.code, 'aborted');
  assert.equal((error as { cause?: Error }).cause?.message, 'enough');
  assert.equal(clock.waiting, 0);

  const long = new AbortController();
  await rig({}).client.op({}, { signal: long.signal });
  assert.equal(getEventListeners(long.signal, 'abort').length, 0);

  const before = await outcome(client.op({}, { signal: AbortSignal.abort() }));
  assert.deepEqual([before.code, before.outcomeUnknown, requests.length], ['aborted', false, 2]);
});

test('an answer with hostile keys changes no prototype', async () => {
  const { client } = rig({}, () => new Response('{"__proto__":{"polluted":1}}', { headers: { 'content-type': 'application/json', constructor: 'x', __proto__: 'y' } }));
  const result = await client.op();
  assert.equal(Object.getPrototypeOf(result.headers), null);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});
