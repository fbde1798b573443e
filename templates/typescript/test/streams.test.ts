import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createClient, createHttpClient, RtgenError, streams, type AnyResult, type Api, type CallOptions, type OperationRow, type Stream } from '../runtime/index.js';
import { FakeClock, settled } from './support/clock.js';
import { FakeSocket, json, outcome } from './support/server.js';

interface Calls {
  op(request?: object, options?: CallOptions): Promise<AnyResult & { body: Stream<unknown> }>;
}

const api = (row: Partial<OperationRow> = {}): Api => ({
  operations: { op: { route: 'GET /things', status: '200 404', ...row } },
  url: 'http://api.test',
  streams,
});

/** An answer by HTTP whose body the test writes, and whether the client has let go of it. */
function source(type: string, ...chunks: (string | Uint8Array)[]) {
  const seen = { cancelled: false, pulled: 0 };
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.pulled++];
        if (chunk === undefined) return controller.close();
        controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, response: new Response(body, { headers: { 'content-type': type } }) };
}

const http = (response: Response, row?: Partial<OperationRow>) =>
  createHttpClient<Calls>(api(row), { fetch: async () => response });

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}

const read = async (type: string, row: Partial<OperationRow>, ...chunks: (string | Uint8Array)[]) =>
  all((await http(source(type, ...chunks).response, row).op()).body);

test('server-sent events are items, however the bytes are cut', async () => {
  const text = ': hello\r\nid: 1\rdata: {"a":\ndata:1}\n\nevent: x\n\ndata: "é"\r\n\r\nretry: no\ndata: null\n\n';
  const bytes = new TextEncoder().encode(text);
  const want = [{ a: 1 }, 'é', null];
  assert.deepEqual(await read('text/event-stream; charset=utf-8', {}, text), want);
  assert.deepEqual(await read('text/event-stream', {}, ...Array.from(bytes, (byte) => Uint8Array.of(byte))), want);
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(await read('text/event-stream', {}, bytes.slice(0, at), bytes.slice(at)), want, `cut at ${at}`);
  }
});

/** A table that Go reads too (runtime/fuzz_stream_test.go): a stream, and the items in it. */
const eventStreams: { name: string; stream: string; items: { event?: string; id?: string; retry?: number; data: string }[] }[] = JSON.parse(
  readFileSync(new URL('../../test/support/eventstreams.json', import.meta.url), 'utf8'),
);

for (const { name, stream, items } of eventStreams) {
  test(`event streams are read as the server reads them: ${name}`, async () => {
    const bytes = new TextEncoder().encode(stream);
    assert.deepEqual(await read('text/event-stream', { items: 'textEvent' }, bytes), items);
    assert.deepEqual(await read('text/event-stream', { items: 'textEvent' }, ...Array.from(bytes, (byte) => Uint8Array.of(byte))), items);
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(await read('text/event-stream', { items: 'textEvent' }, bytes.slice(0, at), bytes.slice(at)), items, `cut at ${at}`);
    }
  });
}

test('an event that does not end is none, and [DONE] is the end', async () => {
  assert.deepEqual(await read('text/event-stream', {}, 'data: 1\n\ndata: 2\n'), [1]);
  assert.deepEqual(await read('text/event-stream', {}, 'data: 1\n\ndata: 2'), [1]);
  assert.deepEqual(await read('text/event-stream', {}, 'data: 1\n\ndata: [DONE]\n\ndata: 2\n\n'), [1]);
});

test('events as a whole, and texts', async () => {
  const text = 'event: tick\nid: 7\nretry: 50\ndata: {"n":1}\n\nid\nevent:\ndata: 2\n\n';
  assert.deepEqual(await read('text/event-stream', { items: 'event' }, text), [
    { event: 'tick', id: '7', retry: 50, data: { n: 1 } },
    { data: 2 },
  ]);
  assert.deepEqual(await read('text/event-stream', { items: 'textEvent' }, text), [
    { event: 'tick', id: '7', retry: 50, data: '{"n":1}' },
    { data: '2' },
  ]);
  assert.deepEqual(await read('text/event-stream', { items: 'text' }, 'data: "a\\nb"\n\ndata: plain "\n\ndata: "\n\n'), [
    'a\nb',
    'plain "',
    '"',
  ]);
});

test('JSON lines, with and without the separators of json-seq', async () => {
  for (const type of ['application/jsonl', 'application/x-ndjson', 'application/json-lines', 'application/vnd.x+json-seq']) {
    for (const row of [{}, { items: 'event' }] as const) { // `items` is about events only
      assert.deepEqual(await read(type, row, '{"n":1}\r\n\n', '\x1e[2]\n"thr', 'ee"'), [{ n: 1 }, [2], 'three'], type);
    }
  }
  assert.deepEqual(await read('application/jsonl', {}), []);
});

test('answers that are no streams stay what they are', async () => {
  const { op } = createHttpClient<Calls>(api(), { fetch: async () => json({ detail: 'no' }, 404) });
  assert.deepEqual((await op()).body, { detail: 'no' });
  const channel = await http(source('text/event-stream', 'data: 1\n\n').response, { stream: true }).op();
  assert.equal(channel.body as unknown, 'data: 1\n\n');
});

test('by HTTP, leaving the loop closes the connection, and nothing is read ahead', async () => {
  const { seen, response } = source('text/event-stream', 'data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n');
  const { body } = await http(response).op();
  for await (const item of body) if (item === 2) break;
  assert.deepEqual(seen, { cancelled: true, pulled: 2 });
  assert.deepEqual(await all(body), []);
});

test('by HTTP, a stream that nobody begins to read can be given up', async () => {
  const { seen, response } = source('text/event-stream', 'data: 1\n\n');
  const { body } = await http(response).op();
  await body.return();
  assert.equal(seen.cancelled, true);
});

test('by HTTP, what cannot be read is a protocol error, and what breaks off is lost', async () => {
  const bad = await http(source('application/jsonl', '1\n{\n2\n').response).op();
  assert.equal((await bad.body.next()).value, 1);
  assert.equal((await outcome(bad.body.next())).code, 'protocol');
  assert.equal((await bad.body.next()).done, true);
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new TypeError('terminated'));
    },
  });
  const broken = await http(new Response(body, { headers: { 'content-type': 'text/event-stream' } })).op();
  assert.equal((await outcome(broken.body.next())).code, 'lost');
});

test('by HTTP, the signal ends the stream, and a timeout does not', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { seen, response } = source('text/event-stream', 'data: 1\n\n', ': nothing\n\n', 'data: 2\n\n');
  const client = createHttpClient<Calls>(api(), { clock, fetch: async () => response });
  const { body } = await client.op({}, { signal: controller.signal, timeout: 100 });
  await clock.advance(1000);
  assert.equal((await body.next()).value, 1);
  controller.abort('enough');
  const error = await outcome(body.next());
  assert.deepEqual([error.code, (error as RtgenError).cause], ['aborted', 'enough']);
  assert.equal(seen.cancelled, true);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
});

/** A client with a socket that has been greeted. */
async function connected(row?: Partial<OperationRow>) {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  class WebSocket extends FakeSocket {
    constructor(url: string, protocols: string | string[] = []) {
      super(url, [protocols].flat());
      sockets.push(this);
    }
  }
  const client = createClient<Calls & { disconnect(): void }>(api(row), { clock, WebSocket, onError: (error) => assert.fail(`${error}`) });
  await clock.advance(0);
  const socket = sockets[0]!;
  socket.open();
  socket.push({ t: 'welcome', session: 's' });
  await settled();
  const begin = async (options?: CallOptions) => {
    const call = client.op({}, options);
    await settled();
    const { id } = socket.calls().at(-1)!;
    socket.push({ t: 'res', id, status: 200, headers: { 'content-type': 'text/event-stream' }, stream: true });
    return { id, result: await call };
  };
  return { client, clock, sockets, socket, begin };
}

test('by socket, items arrive as they are sent, and end', async () => {
  const { socket, begin } = await connected();
  const { id, result } = await begin();
  assert.deepEqual([result.status, result.type, result.transport], [200, 'text/event-stream', 'socket']);
  const items = all(result.body);
  socket.push({ t: 'item', id, body: 1 }, { t: 'item', id, body: { a: [] } });
  await settled();
  socket.push({ t: 'item', id, body: null }, { t: 'item', id: id + 1, body: 'of another call' }, { t: 'end', id });
  assert.deepEqual(await items, [1, { a: [] }, null]);
  assert.equal(socket.sent.some((frame) => frame.t === 'cancel'), false);
  socket.push({ t: 'item', id, body: 'late' });
});

test('by socket, events as a whole have their members', async () => {
  const { socket, begin } = await connected({ items: 'textEvent' });
  const { id, result } = await begin();
  socket.push({ t: 'item', id, event: 'tick', eid: '7', retry: 5, body: 'x' }, { t: 'item', id, body: 'y' }, { t: 'end', id });
  assert.deepEqual(await all(result.body), [{ event: 'tick', id: '7', retry: 5, data: 'x' }, { data: 'y' }]);
});

test('by socket, leaving the loop cancels the call', async () => {
  const { socket, begin } = await connected();
  const { id, result } = await begin();
  socket.push({ t: 'item', id, body: 1 }, { t: 'item', id, body: 2 });
  for await (const item of result.body) {
    assert.equal(item, 1);
    break;
  }
  assert.deepEqual(socket.last, { t: 'cancel', id });
  socket.push({ t: 'item', id, body: 3 }, { t: 'end', id });
  assert.deepEqual(await all(result.body), []);
  await result.body.return();
  assert.equal(socket.sent.filter((frame) => frame.t === 'cancel').length, 1);
});

test('by socket, the signal ends the stream', async () => {
  const { socket, begin } = await connected();
  const controller = new AbortController();
  const { id, result } = await begin({ signal: controller.signal });
  const next = result.body.next();
  await settled();
  controller.abort();
  assert.equal((await outcome(next)).code, 'aborted');
  assert.deepEqual(socket.last, { t: 'cancel', id });
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
});

test('by socket, an answer that the server cuts short is lost, after what came before', async () => {
  const { socket, begin } = await connected();
  const { id, result } = await begin();
  socket.push({ t: 'item', id, body: 1 }, { t: 'end', id, problem: { title: 'Internal Server Error', status: 500 } });
  assert.equal((await result.body.next()).value, 1);
  const error = await outcome(result.body.next());
  assert.deepEqual([error.code, error.message], ['lost', 'op: the answer was cut short: Internal Server Error']);
  assert.equal((await result.body.next()).done, true);
});

test('by socket, a connection that goes away takes its streams along', async () => {
  const { socket, begin } = await connected();
  const { result } = await begin();
  const next = result.body.next();
  await settled();
  socket.drop();
  assert.equal((await outcome(next)).code, 'lost');
});

test('by socket, a reader that is too slow is told so', async () => {
  const { socket, begin } = await connected();
  const { id, result } = await begin();
  for (let n = 0; n <= 10_000; n++) socket.push({ t: 'item', id, body: n });
  assert.deepEqual(socket.last, { t: 'cancel', id });
  let last;
  const error = await outcome((async () => { for await (last of result.body); })());
  assert.match(error.message, /too slow/);
  assert.equal(last, 10_000);
});

test('a drained connection waits for its streams', async () => {
  const { clock, sockets, socket, begin } = await connected();
  const { id, result } = await begin();
  socket.push({ t: 'drain', after: 0, deadline: 20_000 });
  await clock.advance(0);
  sockets[1]!.open();
  sockets[1]!.push({ t: 'welcome', session: 't' });
  await settled();
  assert.equal(socket.closeCode, undefined);
  socket.push({ t: 'item', id, body: 1 }, { t: 'end', id });
  assert.deepEqual(await all(result.body), [1]);
  assert.equal(socket.closeCode, 1000);
});
