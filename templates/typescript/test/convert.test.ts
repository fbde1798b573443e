import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bigints, convert, createClient, createHttpClient, dates, exact, longs, rounded, RtgenError, shaped, streams, temporal, validated,
  type AnyResult, type Api, type CallOptions, type ClientOptions, type Codecs, type OperationRow,
  type Schemas, type Shapes, type Step, type Stream,
} from '../runtime/index.js';
import { api as chat } from './emitted/chat/operations.js';
import type { Client } from './emitted/chat/index.js';
import { json, outcome, Rig } from './support/server.js';

interface Calls {
  op(request?: object, options?: CallOptions): Promise<AnyResult>;
  post(path: string, request?: object): Promise<AnyResult>;
}

const stamp = '2026-03-01T10:00:00.000Z';

const shapes: Shapes = {
  types: {
    Node: { properties: { at: 'date-time', day: 'date', next: '#Node', days: { rest: 'date' }, span: { prefix: [{}, 'date'], items: 'date-time' } } },
    Either: { anyOf: [{ is: 'string', then: 'date-time' }, { is: 'string' }, { is: 'object', has: ['at'], tags: { kind: ['a'] }, then: '#Node' }, { is: 'object' }] },
    Open: { properties: { at: {} }, patterns: { '^x-': 'date' }, rest: 'date-time' },
  },
  requests: { op: { properties: { path: { properties: { day: 'date' } }, query: { properties: { since: 'date-time', days: { items: 'date' } } }, body: '#Node' } } },
  replies: { op: { 200: '#Node', 4: 'date', '4XX': { properties: { either: '#Either' } }, default: { items: '#Open' } } },
  events: {},
};

const api: Api = { operations: { op: { route: 'POST /days/{day}', status: '200 4XX 500' } }, url: 'http://x.test' };

/** A client over HTTP that does `steps`, the bodies and URLs that it sends, and what it gets. */
function rig(steps: readonly (Step | undefined)[], answer: () => Response, one = api) {
  const sent: { url: string; body: string }[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    sent.push({ url, body: String(init.body) });
    return answer();
  };
  return { sent, client: convert<Calls>(createHttpClient, one, { fetch }, steps) };
}

test('dates arrive as Date where the document has them, and nowhere else', async () => {
  const node = { at: stamp, day: '2026-03-01', text: stamp, next: { at: '2026-03-01t12:00:00.123456+02:00', next: null }, days: { a: '2026-01-02' }, span: [stamp, '2026-01-02', stamp] };
  const { client } = rig([shaped(shapes, dates)], () => json(node));
  const { body } = await client.op({ path: { day: 'x' } });
  assert.deepEqual(body, {
    at: new Date(stamp), day: new Date('2026-03-01T00:00:00Z'), text: stamp,
    next: { at: new Date('2026-03-01T10:00:00.123Z'), next: null },
    days: { a: new Date('2026-01-02') }, span: [stamp, new Date('2026-01-02'), new Date(stamp)],
  });
});

test('dates travel as their text: a date as its day, a date-time as its instant', async () => {
  const { client, sent } = rig([shaped(shapes, dates)], () => json({}));
  const at = new Date(stamp);
  const request = { path: { day: at }, query: { since: at, days: [at, at] }, body: { at, day: at, next: { day: at }, days: { a: at }, other: at } };
  await client.op(request);
  await client.post('/days/{day}', request);
  const body = { at: stamp, day: '2026-03-01', next: { day: '2026-03-01' }, days: { a: '2026-03-01' }, other: stamp };
  const url = `http://x.test/days/2026-03-01?since=${encodeURIComponent(stamp)}&days=2026-03-01&days=2026-03-01`;
  assert.deepEqual(sent.map((one) => ({ ...one, body: JSON.parse(one.body) })), [{ url, body }, { url, body }]);
  assert.equal(request.body.day, at, 'the caller keeps its object');
  const error = await outcome(client.op({ path: { day: new Date(NaN) } }));
  assert.equal(error.code, 'request');
});

test('of a union the first branch that fits decides', async () => {
  let either: unknown;
  const { client } = rig([shaped(shapes, dates)], () => json({ either }, 404));
  const got = async (value: unknown) => {
    either = value;
    return ((await client.op({ path: { day: 'x' } })).body as { either: unknown }).either;
  };
  assert.deepEqual(await got(stamp), new Date(stamp));
  assert.equal(await got('soon'), 'soon');
  assert.deepEqual(await got({ kind: 'a', at: stamp }), { kind: 'a', at: new Date(stamp) });
  assert.deepEqual(await got({ kind: 'b', at: stamp }), { kind: 'b', at: stamp });
  assert.deepEqual(await got({ kind: 'a' }), { kind: 'a' });
  assert.equal(await got(null), null);
  assert.equal(await got(7), 7);
});

test('members by pattern, and the rest; __proto__ is a member like any other', async () => {
  const { client } = rig([shaped(shapes, dates)], () => new Response(`[{"at":"${stamp}","x-a":"2026-01-02","more":"${stamp}","__proto__":"${stamp}"}]`, { status: 500, headers: { 'content-type': 'application/json' } }));
  const [body] = (await client.op({ path: { day: 'x' } })).body as { [name: string]: unknown }[];
  assert.deepEqual(Object.entries(body!), [['at', stamp], ['x-a', new Date('2026-01-02')], ['more', new Date(stamp)], ['__proto__', new Date(stamp)]]);
});

test('a text that is no date rejects with its place', async () => {
  for (const at of ['yesterday', '2026-03-01', '2026-13-01T00:00:00Z', 5]) {
    const { client } = rig([shaped(shapes, dates)], () => json({ next: { at } }));
    const error = (await outcome(client.op({ path: { day: 'x' } }))) as { code?: string; violations?: unknown };
    assert.equal(error.code, 'validation', String(at));
    assert.deepEqual(error.violations, [{ pointer: '/next/at', rule: 'format', message: 'is no date-time' }]);
  }
});

test('Temporal, where there is one', async (t) => {
  const { client, sent } = rig([shaped(shapes, temporal)], () => json({ at: stamp, day: '2026-03-01' }));
  assert.equal((await outcome(client.op({ path: { day: 'x' } }))).code, 'unsupported');
  class Text {
    readonly text: string;
    constructor(text: string) {
      this.text = text;
    }
    static from(text: string) {
      if (!/^\d{4}/.test(text)) throw RangeError(text);
      return new this(text);
    }
    toString() {
      return this.text;
    }
    get [Symbol.toStringTag]() {
      return 'Temporal';
    }
  }
  class PlainDate extends Text {}
  class Instant extends Text {}
  const globals = globalThis as { Temporal?: unknown };
  globals.Temporal = { PlainDate, Instant };
  t.after(() => delete globals.Temporal);
  const { body } = await client.op({ path: { day: PlainDate.from('2026-03-01') }, query: { since: Instant.from(stamp) }, body: { at: Instant.from(stamp) } });
  const { at, day } = body as { at: unknown; day: unknown };
  assert.ok(at instanceof Instant && day instanceof PlainDate);
  assert.deepEqual(sent.at(-1), { url: `http://x.test/days/2026-03-01?since=${encodeURIComponent(stamp)}`, body: JSON.stringify({ at: stamp }) });
});

const longShapes: Shapes = {
  types: {},
  requests: { op: { properties: { path: { properties: { day: 'int64' } }, body: { properties: { id: 'int64' } } } } },
  replies: { op: { 200: { properties: { id: 'int64', small: 'int64', ids: { items: 'uint64' } } } } },
  events: { room: { 'message.created': { properties: { n: 'int64' } } } },
};
const longSteps = (one: Api) => [longs(one), shaped(longShapes, bigints, rounded)];

test('int64 arrives as bigint, to the last digit; other numbers stay numbers', async () => {
  const text = String.raw`{"id":9223372036854775807,"small":7,"ids":[18446744073709551615,1],"ratio":1.5,"big":12345678901234567890,"note":"9223372036854775807 \" 9223372036854775807","e":1e20}`;
  const fetch = async () => new Response(text, { headers: { 'content-type': 'application/json' } });
  const client = convert<Calls>(createHttpClient, api, exact({ fetch }), longSteps(api));
  const { body } = await client.op({ path: { day: 1n } });
  assert.deepEqual(body, { id: 9223372036854775807n, small: 7n, ids: [18446744073709551615n, 1n], ratio: 1.5, big: 12345678901234567890, note: '9223372036854775807 " 9223372036854775807', e: 1e20 });
});

test('bigints travel as the numbers that they are', async () => {
  const sent: { url: string; body: string }[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    sent.push({ url, body: String(init.body) });
    return json({});
  };
  const row = { ...api.operations['op']!, style: {} };
  const one: Api = { ...api, operations: { op: row } };
  const client = convert<Calls>(createHttpClient, one, exact({ fetch }), longSteps(one));
  await client.op({ path: { day: 9223372036854775807n }, query: { q: -9223372036854775808n }, headers: { n: 3n }, body: { id: 9223372036854775807n, small: 2n, note: '"9007199254740993"' } });
  assert.deepEqual(sent, [{ url: 'http://x.test/days/9223372036854775807?q=-9223372036854775808', body: String.raw`{"id":9223372036854775807,"small":2,"note":"\"9007199254740993\""}` }]);
  await client.op({ path: { day: 1n }, contentType: 'application/x-www-form-urlencoded', body: 'id=1' });
  assert.equal(sent[1]!.body, 'id=1');
});

const path = { roomId: 'r' };
const joined = { ch: 1, name: 'room', address: 'rooms/r', epoch: 'e', seq: 10, last: 'm10' };
const message = (at: unknown) => ({ id: 'm', author: 'a', text: 't', at });
const roomShapes: Shapes = {
  types: { Message: { properties: { at: 'date-time' } } },
  requests: {},
  replies: { listMessages: { 200: { items: '#Message' } } },
  events: { room: { 'message.created': '#Message', $presence: { properties: { join: { items: { properties: { info: { properties: { seen: 'date-time' } } } } } } } } },
};
const roomSchemas: Schemas = {
  types: { Message: { type: 'object', required: ['id'], properties: { text: { maxLength: 5 } } } },
  replies: {},
  events: { room: { 'message.created': 'Message' } },
};

async function room(steps: readonly (Step | undefined)[]) {
  const rig = new Rig({}, (options) => convert<Client>(createClient, chat, options, steps));
  await rig.open();
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [message(stamp)], subs: [joined] }, { t: 'ev', ch: 1, seq: 11, type: 'message.created', data: message(stamp) });
  const result = await call;
  assert.ok(result.ok);
  const seen: unknown[] = [];
  const channel = result.channels.room;
  channel.on('message.created', ({ at }) => seen.push(at));
  channel.on('$gap', ({ from, to, why }) => seen.push(`gap ${from}-${to} ${why}`));
  channel.on('$reset', ({ result: { body } }) => seen.push((body as unknown as { at: unknown }[])[0]!.at));
  await rig.clock.advance(0);
  return { rig, channel, result, seen };
}

test('events, presence and fresh snapshots are converted, from the first event on', async () => {
  const { rig, channel, result, seen } = await room([shaped(roomShapes, dates)]);
  assert.deepEqual(result.body.map(({ at }) => at as unknown), [new Date(stamp)]);
  assert.deepEqual(seen, [new Date(stamp)]);
  rig.socket.push({ t: 'ev', ch: 1, type: '$presence', data: { full: true, join: [{ id: 'u', info: { seen: stamp } }] } });
  assert.deepEqual(channel.members.get('u'), { seen: new Date(stamp) });
  rig.socket.push({ t: 'ch', ch: 1, state: 'reset', reason: 'old' });
  rig.socket.push({ t: 'res', id: 2, status: 200, body: [message(stamp)], subs: [{ ...joined, ch: 2, seq: 20 }] });
  await rig.clock.advance(0);
  assert.deepEqual(seen, [new Date(stamp), new Date(stamp)]);
  assert.deepEqual(rig.errors, []);
});

test('an event that is not what the document says is a gap, and reported; the next one arrives', async () => {
  const { rig, seen } = await room([validated(roomSchemas), shaped(roomShapes, dates)]);
  const ev = (seq: number | undefined, data: unknown) => ({ t: 'ev', ch: 1, type: 'message.created', data, ...(seq && { seq }) });
  rig.socket.push(ev(12, { ...message(stamp), text: 'too long' }), ev(13, message('never')), ev(undefined, {}), ev(14, message(stamp)));
  assert.deepEqual(seen.slice(1), ['gap 12-12 invalid', 'gap 13-13 invalid', new Date(stamp)]);
  assert.deepEqual(rig.codes(), ['validation', 'validation', 'validation']);
  assert.match(rig.errors[0]!.message, /^room message\.created: \/text must have at most 5 characters/);
  rig.socket.push({ t: 'ch', ch: 1, state: 'reset', reason: 'old' });
  rig.socket.push({ t: 'res', id: 2, status: 200, body: [message('never')], subs: [{ ...joined, ch: 2, seq: 20 }] });
  await rig.clock.advance(0);
  assert.deepEqual(seen.slice(4), ['gap 20-20 invalid']);
});

test('bigints go through the socket as they are', async () => {
  const rig = new Rig({}, (options: ClientOptions) => convert<Client>(createClient, chat, exact(options), longSteps(chat)));
  await rig.open();
  const raw: string[] = [];
  const { socket } = rig;
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    raw.push(data);
    send(data);
  };
  const call = rig.client.createMessage({ path, body: { text: 9007199254740993n } as never });
  await rig.clock.advance(0);
  assert.match(raw[0]!, /"text":9007199254740993[,}]/);
  socket.raw('{"t":"res","id":1,"status":201,"body":{"id":9007199254740993}}');
  assert.deepEqual((await call).body, { id: 9007199254740992 });
  assert.deepEqual(rig.errors, []);
});

test('a client without steps, and one whose checks are off', async () => {
  const off = validated({ types: { A: false }, replies: { op: { 200: 'A' } }, events: {} }, { validate: false });
  assert.equal(off, undefined);
  const { client } = rig([off], () => json({ at: stamp }));
  assert.deepEqual((await client.op({ path: { day: 'x' } })).body, { at: stamp });
});

const never: Codecs = { 'date-time': { take: () => undefined, give: () => undefined } };
test('answers that are no JSON, or not in the table, are left alone', async () => {
  const { client } = rig([shaped(shapes, never)], () => new Response('text', { headers: { 'content-type': 'text/plain' } }));
  assert.equal((await client.op({ path: { day: 'x' } })).body, 'text');
});

const itemSchemas: Schemas = {
  types: { Item: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } } },
  replies: { op: { 200: 'Item' } },
  events: {},
};

/** A client over HTTP whose answer is a stream, with a step for its items. */
function streaming(step: readonly Step[], type: string, text: string, row: Partial<OperationRow> = {}) {
  const seen = { cancelled: false };
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    cancel: () => void (seen.cancelled = true),
  });
  const streamed: Api = { operations: { op: { route: 'GET /', status: '200', ...row } }, url: 'http://x.test', streams };
  const fetch = async () => new Response(body, { headers: { 'content-type': type } });
  const client = convert<Calls>(createHttpClient, streamed, { fetch }, step);
  return { seen, items: client.op().then((result) => result.body as Stream<unknown>) };
}

test('the items of streamed answers are converted and checked one by one', async () => {
  const events: Shapes = { ...shapes, replies: { op: { '200 text/event-stream': { properties: { data: '#Node' } } } } };
  const sse = streaming([shaped(events, dates)], 'text/event-stream', `event: a\ndata: {"at":"${stamp}"}\n\n`, { items: 'event' });
  assert.deepEqual((await (await sse.items).next()).value, { event: 'a', data: { at: new Date(stamp) } });
  await (await sse.items).return();
  assert.equal(sse.seen.cancelled, true);

  const lines = streaming([validated(itemSchemas)!], 'application/jsonl', '{"id":1}\n{"id":"x"}\n{"id":2}\n');
  const stream = await lines.items;
  assert.deepEqual(await stream.next(), { value: { id: 1 } });
  const error = await outcome(stream.next());
  assert.deepEqual([error.code, (error as RtgenError).violations?.[0]?.pointer], ['validation', '/id']);
  assert.deepEqual(((error as RtgenError).result as AnyResult).body, { id: 'x' });
  assert.equal(lines.seen.cancelled, true, 'the server is told to stop');
  assert.equal((await stream.next()).done, true);
});

test('the integers of streamed answers are exact, and texts stay what they are', async () => {
  const long = '9007199254740993';
  const ids: Shapes = { types: {}, requests: {}, events: {}, replies: { op: { 200: { properties: { id: 'int64' } } } } };
  const steps = [longs(api), shaped(ids, bigints, rounded)];
  const { items } = streaming(steps, 'application/jsonl', `{"id":${long},"text":"${long}","other":${long}}\n`);
  assert.deepEqual((await (await items).next()).value, { id: BigInt(long), text: long, other: Number(long) });
  const texts = streaming(steps, 'text/event-stream', `data: ${long}\n\n`, { items: 'text' });
  assert.equal((await (await texts.items).next()).value, long);
});
