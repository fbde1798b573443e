import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type AnyResult, type Api, type CallOptions, type Connection } from '../runtime/index.js';
import { createClient as createOrders } from './emitted/orders/index.js';
import { settled } from './support/clock.js';
import { json, outcome, Rig } from './support/server.js';

const path = { roomId: 'r/1' };
const message = { id: '51', author: 'a', text: 'hi', at: 'now' };

test('a call is one frame, and its answer is the result', async () => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.createMessage({ path, headers: { 'Idempotency-Key': 'k1' }, body: { text: 'hi' } }, { timeout: 9000 });
  assert.deepEqual(rig.socket.last, {
    t: 'call',
    id: 1,
    op: 'createMessage',
    path: { roomId: 'r/1' },
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
    body: { text: 'hi' },
    timeout: 9000,
  });
  rig.socket.push({ t: 'res', id: 1, status: 201, headers: { Location: '/rooms/r/messages/51' }, body: message });
  const result = await call;
  assert.deepEqual(
    { ...result, headers: { ...result.headers } },
    { status: 201, ok: true, body: message, headers: { location: '/rooms/r/messages/51' }, channels: {}, type: 'application/json', transport: 'socket' },
  );
  assert.equal(rig.requests.length, 0);
  assert.equal(rig.clock.waiting, 0);
});

test('by its path a call is the same call', async () => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.post('/rooms/{roomId}/typing', { path });
  assert.deepEqual(rig.socket.last, { t: 'call', id: 1, op: 'typing', path });
  rig.socket.push({ t: 'res', id: 1, status: 204 });
  assert.equal((await call).status, 204);
});

test('calls made before the connection is up are sent in order, and answered once each', async () => {
  const rig = new Rig();
  const texts = ['one', 'two', 'three'];
  const calls = texts.map((text) => rig.client.createMessage({ path, body: { text } }));
  rig.client.on('connect', () => void rig.client.createMessage({ path, body: { text: 'from a listener' } }).catch(() => {}));
  await rig.open();
  const sent = rig.socket.calls();
  assert.deepEqual(sent.slice(0, 3).map(({ body }) => (body as { text: string }).text).sort(), ['from a listener', 'one', 'two'].sort());
  assert.equal(sent.length, 4);
  for (const { id, body } of [...sent].reverse()) rig.socket.push({ t: 'res', id, status: 201, body: { ...message, ...(body as object) } });
  for (const { id } of sent) rig.socket.push({ t: 'res', id, status: 500 });
  const results = await Promise.all(calls);
  assert.deepEqual(results.map((r) => r.ok && r.body.text), texts);
  assert.equal(rig.requests.length, 0);
});

test('two calls on one socket may be answered in any order', async () => {
  const rig = new Rig();
  await rig.open();
  const done: string[] = [];
  const slow = rig.client.listMessages({ path }).then(() => done.push('slow'));
  const fast = rig.client.leaveRoom({ path }).then(() => done.push('fast'));
  rig.socket.push({ t: 'res', id: 2, status: 204 });
  await fast;
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [] });
  await slow;
  assert.deepEqual(done, ['fast', 'slow']);
});

test('a call in flight when the connection drops rejects: the outcome is unknown', async () => {
  const rig = new Rig();
  await rig.open();
  const call = outcome(rig.client.createMessage({ path, body: { text: 'hi' } }));
  rig.socket.drop(1006);
  const error = await call;
  assert.deepEqual([error.code, error.outcomeUnknown, error.closeCode], ['lost', true, 1006]);
  assert.match(error.message, /createMessage.*unknown/);
});

test('a call in flight when the client disconnects rejects too', async () => {
  const rig = new Rig();
  await rig.open();
  const call = outcome(rig.client.createMessage({ path, body: { text: 'hi' } }));
  rig.client.disconnect();
  assert.deepEqual([(await call).code, (await call).outcomeUnknown], ['lost', true]);
});

test('an answer without a status is an error of the protocol, not a success', async () => {
  const rig = new Rig();
  await rig.open();
  for (const status of [undefined, null, '200', 0, 99, 600, NaN]) {
    const call = outcome(rig.client.leaveRoom({ path }));
    rig.socket.push({ t: 'res', id: rig.socket.calls().length, status });
    const error = await call;
    // A status as a text is one that we would understand; it is none all the same.
    assert.equal(error.code, 'protocol', String(status));
  }
});

test('undocumented statuses throw on the socket as over HTTP', async () => {
  const rig = new Rig();
  await rig.open();
  const call = outcome(rig.client.leaveRoom({ path }));
  rig.socket.push({ t: 'res', id: 1, status: 403, headers: { 'content-type': 'application/problem+json' }, body: { title: 'Forbidden' } });
  const error = await call;
  assert.deepEqual([error.code, error.message, (error.result as AnyResult).type], ['status', 'status 403: Forbidden', 'application/problem+json']);
});

test('bodies that are not JSON come as text or as bytes', async () => {
  const rig = new Rig();
  await rig.open();
  const answer = async (frame: object): Promise<AnyResult> => {
    const call: Promise<AnyResult> = rig.client.typing({ path });
    rig.socket.push({ t: 'res', id: rig.socket.calls().length, status: 400, ...frame });
    return call;
  };
  const text = await answer({ body: 'a,b', enc: 'text', headers: { 'content-type': 'text/csv; charset=utf-8' } });
  assert.deepEqual([text.body, text.type], ['a,b', 'text/csv']);
  const bytes = await answer({ body: 'AQL/', enc: 'base64', headers: { 'content-type': 'image/png' } });
  assert.deepEqual([...new Uint8Array(await (bytes.body as Blob).arrayBuffer())], [1, 2, 255]);
  assert.equal((bytes.body as Blob).type, 'image/png');
  assert.equal((await outcome(answer({ body: '*', enc: 'base64' }))).code, 'protocol');
  assert.deepEqual([(await answer({})).body, (await answer({})).type], [undefined, '']);
  assert.equal((await answer({ body: null })).body, null);
});

test('giving up tells the server, and a late answer is dropped', async () => {
  const rig = new Rig();
  await rig.open();
  const controller = new AbortController();
  const call = outcome(rig.client.listMessages({ path }, { signal: controller.signal }));
  controller.abort();
  assert.equal((await call).code, 'aborted');
  assert.deepEqual(rig.socket.last, { t: 'cancel', id: 1 });
  rig.socket.push({ t: 'res', id: 1, status: 499 });
  const late = outcome(rig.client.listMessages({ path }, { timeout: 100 }));
  await rig.clock.advance(100);
  assert.deepEqual([(await late).code, rig.socket.last], ['timeout', { t: 'cancel', id: 2 }]);
  controller.abort();
  assert.deepEqual([rig.errors, rig.clock.waiting], [[], 0]);
});

test('given up while it waits for the connection, a call has had no effect', async () => {
  const rig = new Rig();
  const call = outcome(rig.client.createMessage({ path, body: { text: 'hi' } }, { timeout: 100 }));
  await rig.clock.advance(100);
  assert.deepEqual([(await call).code, (await call).outcomeUnknown], ['timeout', false]);
  await rig.greet();
  assert.deepEqual(rig.socket.calls(), []);
});

test('auto: while reconnecting, and after disconnect, calls take HTTP', async () => {
  const rig = new Rig();
  rig.respond = () => json([]);
  await rig.open();
  rig.socket.drop();
  assert.equal((await rig.client.listMessages({ path })).transport, 'http');
  rig.client.disconnect();
  assert.equal((await rig.client.listMessages({ path })).transport, 'http');
  const idle = new Rig({ autoConnect: false });
  idle.respond = () => json([]);
  assert.equal((await idle.client.listMessages({ path })).transport, 'http');
});

test('socket: calls wait for the connection, or fail when none will come', async () => {
  const rig = new Rig({ transport: 'socket' });
  await rig.open();
  rig.socket.drop();
  const call = rig.client.leaveRoom({ path });
  await rig.clock.advance(500);
  await rig.greet();
  rig.socket.push({ t: 'res', id: 1, status: 204 });
  assert.equal((await call).transport, 'socket');
  rig.socket.drop();
  const waiting = outcome(rig.client.leaveRoom({ path }));
  rig.client.disconnect();
  assert.deepEqual([(await waiting).code, (await waiting).outcomeUnknown], ['closed', false]);
  assert.equal((await outcome(rig.client.leaveRoom({ path }))).code, 'closed');
  assert.equal(rig.requests.length, 0);
});

test('http: the client does not connect, and single calls may differ', async () => {
  const rig = new Rig({ transport: 'http' });
  rig.respond = () => json([]);
  await rig.clock.advance(60_000);
  assert.equal((await rig.client.listMessages({ path })).transport, 'http');
  assert.equal(rig.sockets.length, 0);
  void rig.client.connect();
  await rig.open();
  const call = rig.client.leaveRoom({ path }, { transport: 'socket' });
  rig.socket.push({ t: 'res', id: 1, status: 204 });
  assert.equal((await call).transport, 'socket');
});

interface Calls extends Connection<object> {
  op(request?: object, options?: CallOptions): Promise<AnyResult>;
}

test('what a frame cannot carry takes HTTP silently', async () => {
  const cases: [row: object, request: object, how: 'http' | 'socket'][] = [
    [{}, {}, 'socket'],
    [{}, { body: {} }, 'socket'],
    [{ body: 'application/merge-patch+json' }, { body: {} }, 'socket'],
    [{ body: 'multipart/form-data' }, { body: new FormData() }, 'http'],
    [{ body: 'text/plain' }, { body: 'x' }, 'http'],
    [{}, { body: new Blob(), contentType: 'image/png' }, 'http'],
    [{}, { cookies: { a: 1 } }, 'http'],
    [{ http: true }, {}, 'http'],
    [{ cached: true }, {}, 'http'],
    [{}, { body: 'ä'.repeat(40) }, 'http'],
  ];
  for (const [row, request, how] of cases) {
    const rig = new Rig();
    const api: Api = { url: 'http://a.test', operations: { op: { route: 'POST /x', id: 'op-1', ...row } } };
    const sent: string[] = [];
    const requests: string[] = [];
    class Socket {
      protocol = 'rtgen.v1.json';
      onopen: ((event: never) => unknown) | null = null;
      onmessage: ((event: never) => unknown) | null = null;
      onclose: ((event: never) => unknown) | null = null;
      onerror: ((event: never) => unknown) | null = null;
      constructor() {
        setImmediate(() => this.onopen?.({} as never));
      }
      send(data: string): void {
        const frame = JSON.parse(data);
        const answer = frame.t === 'hello' ? { t: 'welcome', limits: { message: 140 } } : { t: 'res', id: frame.id, status: 200 };
        if (frame.t === 'call') sent.push(frame.op);
        setImmediate(() => this.onmessage?.({ data: JSON.stringify(answer) } as never));
      }
      close(): void {}
    }
    const client = createClient<Calls>(api, { clock: rig.clock, WebSocket: Socket, fetch: async (url) => (requests.push(url), new Response()) });
    await client.connect();
    const result = await client.op(request);
    assert.equal(result.transport, how, JSON.stringify([row, request]));
    assert.deepEqual([sent, requests], how === 'socket' ? [['op-1'], []] : [[], ['http://a.test/x']]);
    client.disconnect();
  }
});

test('the content type of a frame is said, headers of the client included', async () => {
  let asked = 0;
  const sockets: string[] = [];
  const rig = new Rig({ headers: () => ({ 'X-Tenant': `t${++asked}`, 'X-Drop': 'me' }) });
  const orders = createOrders({ autoConnect: false });
  orders.disconnect();
  await rig.open();
  const options = Object.freeze({ headers: Object.freeze({ 'x-drop': undefined, 'X-Own': '1' }) });
  void rig.client.typing({ path }, options).catch(() => {});
  assert.deepEqual(rig.socket.calls()[0]!.headers, { 'x-own': '1', 'x-tenant': 't1' });
  const error = await outcome(rig.client.typing({ path }, { headers: { 'X-Bad': 'a\nb' } }));
  assert.equal(error.code, 'request');
  assert.equal(rig.socket.calls().length, 1);
  assert.deepEqual(sockets, []);
});

test('a body that is not JSON after all is the error of the caller', async () => {
  const rig = new Rig();
  await rig.open();
  const body = { text: 'x', self: {} };
  body.self = body;
  const error = await outcome(rig.client.createMessage({ path, body }));
  assert.deepEqual([error.code, error.outcomeUnknown, rig.socket.calls().length], ['request', false, 0]);
  await settled();
});
