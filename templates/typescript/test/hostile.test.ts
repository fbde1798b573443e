import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpClient, type AnyRequest, type CallOptions, type AnyResult, type Api } from '../runtime/index.js';
import { styles } from '../runtime/styles.js';
import { json, outcome, Rig } from './support/server.js';

// Names that mean something to JavaScript are names like any other: wherever one of them comes in, from a server or
// from a program, it is found where it belongs and no prototype has changed.

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'then', 'toJSON', 'length'];

/** What a prototype holds now; a name that was written through is one more. */
const prototypes = [Object, Array, Function, Map, Set, String, Number, Promise, Error, Headers].map(({ prototype }) => prototype as object);
const shape = () => prototypes.map((prototype) => Reflect.ownKeys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)]));
const before = shape();

function hostile(name: string, run: (name: string) => Promise<void> | void): void {
  for (const one of names) {
    test(`${one}: ${name}`, async () => {
      await run(one);
      assert.deepEqual(shape(), before);
      assert.deepEqual([Object.getPrototypeOf({}), Object.getPrototypeOf([])], [Object.prototype, Array.prototype]);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
  }
}

/** An object with one member of its own, as JSON.parse makes it. */
const holding = (name: string, value: unknown): { [name: string]: unknown } => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
const poison = { polluted: 1, valueOf: 2, then: 3 };

/** A client of one operation over HTTP, and the requests that it makes. */
function http(api: Partial<Api> & Pick<Api, 'operations'>, respond: () => Response = () => new Response(null, { status: 204 })) {
  const requests: Request[] = [];
  const client = createHttpClient<{ op(request?: AnyRequest, options?: CallOptions): Promise<AnyResult> }>(api as Api, {
    url: 'http://h.test',
    fetch: async (url, init) => {
      requests.push(new Request(url, init));
      return respond();
    },
  });
  return { client, requests };
}

hostile('parameters of every location', async (name) => {
  const route = `POST /{${name}}`;
  const { client, requests } = http({ operations: { op: { route, status: '204' } } });
  const headers = name.startsWith('__') ? {} : holding(name, 'h');
  await client.op({ path: holding(name, 'p'), query: holding(name, 'q'), cookies: holding(name, 'c'), headers, body: holding(name, poison) } as AnyRequest);
  const [request] = requests;
  const { pathname, search } = new URL(request!.url);
  assert.deepEqual([pathname, search, request!.headers.get('cookie')], ['/p', `?${name}=q`, `${name}=c`]);
  assert.equal(await request!.text(), `{${JSON.stringify(name)}:${JSON.stringify(poison)}}`);
  if (!name.startsWith('__')) assert.equal(request!.headers.get(name), 'h');
});

hostile('a path parameter that is not given is missing, whatever objects inherit', async (name) => {
  const { client, requests } = http({ operations: { op: { route: `GET /{${name}}`, status: '204' } } });
  assert.equal((await outcome(client.op({ path: {} }))).code, 'request');
  assert.equal(requests.length, 0);
});

hostile('members of a parameter that is an object', async (name) => {
  const { client, requests } = http({ styles, operations: { op: { route: 'GET /s', status: '204', style: { 'query.f': 'deepObject' } } } } as never);
  await client.op({ query: { f: holding(name, 'v') } });
  assert.equal(decodeURIComponent(new URL(requests[0]!.url).search), `?f[${name}]=v`);
});

hostile('members of an answer over HTTP, and its headers', async (name) => {
  const text = `{${JSON.stringify(name)}:${JSON.stringify(poison)}}`;
  const { client } = http({ operations: { op: { route: 'GET /s', status: '200' } } }, () => new Response(text, { headers: [['content-type', 'application/json'], [name, 'x']] }));
  const { body, headers } = await client.op();
  assert.deepEqual(Object.keys(body as object), [name]);
  assert.equal(JSON.stringify(body), text);
  assert.equal(Object.getPrototypeOf(headers), null);
  assert.equal(headers[name.toLowerCase()], 'x');
});

const path = { roomId: 'r' };
const joined = { ch: 1, name: 'room', address: 'rooms/r', epoch: 'e', seq: 0 };

/** A client in a room. */
async function room() {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined] });
  const result = await call;
  assert.ok(result.ok);
  const channel = result.channels.room;
  await rig.clock.advance(0);
  return { rig, channel };
}

hostile('members of an answer by socket, its headers and its channels', async (name) => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.listMessages({ path });
  rig.socket.raw(
    `{"t":"res","id":1,"status":200,${JSON.stringify(name)}:${JSON.stringify(poison)},"headers":{${JSON.stringify(name)}:"x"},` +
      `"body":[{${JSON.stringify(name)}:${JSON.stringify(poison)}}],"subs":[{"ch":1,"name":${JSON.stringify(name)},"address":"a","epoch":"e","seq":0}]}`,
  );
  const { body, headers, channels } = (await call) as AnyResult;
  assert.deepEqual(Object.keys((body as object[])[0]!), [name]);
  assert.equal(Object.getPrototypeOf(headers), null);
  if (!name.startsWith('__')) assert.equal(headers[name.toLowerCase()], 'x'); // Node's Headers drop some of those
  assert.deepEqual(Object.keys(channels as object), [name]);
  assert.equal(Object.getPrototypeOf(channels), Object.prototype);
});

hostile('types, ids and data of events', async (name) => {
  const { rig, channel } = await room();
  const seen: unknown[] = [];
  channel.on(name as 'typing', (data, { id }) => seen.push(JSON.stringify(data), id));
  rig.socket.raw(`{"t":"ev","ch":1,"seq":1,"type":${JSON.stringify(name)},"id":${JSON.stringify(name)},"data":{${JSON.stringify(name)}:${JSON.stringify(poison)}}}`);
  rig.socket.push({ t: 'ev', ch: 1, seq: 2, type: 'nobody listens' });
  assert.deepEqual(seen, [JSON.stringify(holding(name, poison)), name]);
  assert.deepEqual(rig.errors, []);
});

hostile('an event to this socket alone, of a channel that no document has', async (name) => {
  const { rig, channel } = await room();
  rig.socket.push({ t: 'ev', ch: 0, name, address: name, type: name, data: holding(name, poison) });
  rig.socket.push({ t: 'ch', ch: 9, name, address: name, state: 'live', epoch: 'e', seq: 1 });
  rig.socket.push({ t: 'ch', ch: 9, name, address: name, state: 'gone', epoch: 'e', seq: 1 });
  assert.deepEqual([channel.state, rig.errors], ['live', []]);
});

hostile('presence', async (name) => {
  const { rig, channel } = await room();
  rig.socket.raw(`{"t":"ev","ch":1,"type":"$presence","data":{"full":true,"join":[{"id":${JSON.stringify(name)},"info":{${JSON.stringify(name)}:${JSON.stringify(poison)}}}],"count":1}}`);
  assert.deepEqual([...channel.members.keys()], [name]);
  assert.equal(JSON.stringify(channel.members.get(name)), JSON.stringify(holding(name, poison)));
  rig.socket.push({ t: 'ev', ch: 1, type: '$presence', data: { leave: [name], count: 0 } });
  assert.deepEqual([channel.members.size, channel.count], [0, 0]);
});

hostile('a problem, a welcome, limits and positions', async (name) => {
  const rig = new Rig();
  rig.respond = () => json([], 200, { 'realtime-position': JSON.stringify([{ ...joined, name, address: name, ...holding(name, poison) }]) });
  await rig.clock.advance(0);
  rig.socket.open();
  rig.socket.raw(`{"t":"welcome","session":"s",${JSON.stringify(name)}:${JSON.stringify(poison)},"limits":{${JSON.stringify(name)}:1}}`);
  rig.socket.raw(`{"t":"problem",${JSON.stringify(name)}:${JSON.stringify(poison)},"title":"Bad Request","status":400}`);
  assert.deepEqual(rig.codes(), ['protocol']);
  const result = (await rig.client.listMessages({ path }, { transport: 'http' })) as AnyResult;
  assert.equal(result.status, 200);
  rig.socket.drop();
  await rig.clock.advance(1000);
  assert.ok(rig.socket);
});
