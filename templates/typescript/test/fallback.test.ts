import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from './support/clock.js';
import { json } from './support/server.js';
import type { ListMessagesResult, RoomChannel } from './emitted/chat/index.js';
import { at, ev, joins, StreamRig } from './support/stream.js';

// The whole protocol without a WebSocket: one event stream for all channels, and calls over HTTP beside it.

const path = { roomId: 'r' };

const channelsOf = ({ channels }: ListMessagesResult): { room: RoomChannel } => channels as { room: RoomChannel };
const subscribed = async (rig: StreamRig) => channelsOf(await rig.client.listMessages({ path }));

/** A client on a stream that is in the room at position 1 as channel 7, and what it hears there. */
async function live(options = {}): Promise<{ rig: StreamRig; heard: string[] }> {
  const rig = new StreamRig(options);
  await rig.fallBack();
  rig.answer = () => joins(1, 7);
  const heard: string[] = [];
  const { room } = await subscribed(rig);
  room.on('message.created', ({ text }) => heard.push(text));
  room.on('$gap', ({ from, to }) => heard.push(`gap ${from}-${to}`));
  room.on('$reset', ({ reason }) => heard.push(`reset ${reason}`));
  await rig.clock.advance(0);
  return { rig, heard };
}

test('after two failed upgrades channels are live by event stream', async () => {
  const rig = new StreamRig();
  const seen: string[] = [];
  rig.client.on('state', (state) => seen.push(state));
  const stream = await rig.fallBack();
  assert.deepEqual(seen, ['connecting', 'open']);
  assert.equal(stream.request.method, 'POST');
  assert.equal(stream.request.headers.get('content-type'), 'application/json');
  assert.deepEqual((await stream.hello()).resume, []);

  rig.answer = () => joins(1, 7);
  const result = await rig.client.listMessages({ path });
  assert.equal(result.transport, 'http');
  assert.equal(rig.calls[0]!.headers.get('realtime-session'), 's1');
  const { room } = channelsOf(result);
  assert.equal(room.state, 'live');
  const heard: string[] = [];
  room.on('message.created', ({ text }) => heard.push(text));
  await rig.clock.advance(0);
  await stream.push(ev(7, 2), ev(7, 3));
  await stream.raw(`data: ${JSON.stringify(ev(7, 4)).slice(0, 20)}`);
  await stream.raw(`${JSON.stringify(ev(7, 4)).slice(20)}\n\n`);
  assert.deepEqual(heard, ['2', '3', '4']);
  assert.deepEqual(rig.codes(), []);
});

test('a call made before there is a connection waits for the stream, and is made once', async () => {
  const rig = new StreamRig();
  rig.answer = () => joins(1, 7);
  const call = subscribed(rig);
  const resets: string[] = [];
  rig.client.channel('room', { roomId: 'r' }).on('$reset', ({ reason }) => resets.push(reason));
  await rig.fallBack();
  const { room } = await call;
  await rig.stream.push(ev(7, 2));
  assert.deepEqual([rig.calls.map(({ headers }) => headers.get('realtime-session')), room.state, resets], [['s1'], 'live', []]);
});

test('a call made before there is a connection takes HTTP when neither comes', async () => {
  const rig = new StreamRig();
  rig.refuse = () => json({}, 502);
  const call = rig.client.listMessages({ path });
  await rig.clock.advance(0);
  rig.socket.drop();
  await rig.clock.advance(500);
  rig.socket.drop();
  assert.equal((await call).transport, 'http');
  assert.equal(rig.client.transport, undefined);
});

test('a client says by what it is connected', async () => {
  const rig = new StreamRig();
  const seen = [rig.client.transport];
  const stream = await rig.fallBack();
  seen.push(rig.client.transport);
  await rig.clock.advance(30_000);
  await stream.push({ t: 'ping' });
  seen.push(rig.client.transport);
  await rig.greet();
  seen.push(rig.client.transport);
  rig.socket.drop();
  seen.push(rig.client.transport);
  assert.deepEqual(seen, [undefined, 'stream', 'stream', 'socket', undefined]);
});

test('without a welcome in five seconds it is a stream too', async () => {
  const rig = new StreamRig();
  await rig.clock.advance(0);
  rig.socket.open();
  await rig.clock.advance(5000);
  await rig.welcome();
  assert.equal(rig.client.state, 'open');
});

test('without a WebSocket there is the stream, and nothing else is tried', async (t) => {
  const globals = globalThis as { WebSocket?: unknown };
  const given = globals.WebSocket;
  delete globals.WebSocket;
  t.after(() => { if (given) globals.WebSocket = given; });
  const rig = new StreamRig({ WebSocket: undefined });
  await rig.clock.advance(0);
  await rig.welcome();
  await rig.client.connect();
  rig.client.disconnect();
  assert.deepEqual([rig.stream.closed, rig.client.state, rig.clock.waiting, rig.codes()], [true, 'closed', 0, []]);
});

test('events that are faster than the answer wait for it', async () => {
  const { rig, heard } = await live();
  let answer!: (response: Response) => void;
  rig.answer = () => new Response(null, { status: 204, headers: { 'realtime-subscriptions': '[]' } });
  await rig.client.channel('room', { roomId: 'r' }).close(); // leaves, and so the next number is another
  rig.answer = () => new Promise((resolve) => (answer = resolve));
  const again = rig.client.listMessages({ path });
  await settled();
  await rig.stream.push(ev(8, 6), { t: 'gap', ch: 8, from: 7, to: 8, why: 'drop' }, ev(8, 9));
  answer(joins(5, 8));
  const { room } = channelsOf(await again);
  room.on('message.created', ({ text }) => heard.push(text));
  room.on('$gap', ({ from, to }) => heard.push(`gap ${from}-${to}`));
  await rig.clock.advance(0);
  assert.deepEqual(heard, ['6', 'gap 7-8', '9']);
});

test('a call of a channel that is live leaves it where it is', async () => {
  const { rig, heard } = await live();
  rig.answer = () => joins(4, 7); // 2 to 4 are on their way
  await rig.client.listMessages({ path });
  await rig.stream.push(ev(7, 2), ev(7, 3), ev(7, 4), ev(7, 5));
  assert.deepEqual(heard, ['2', '3', '4', '5']);
});

test('a channel that was left and joined again does not end with what was said before', async () => {
  const { rig } = await live();
  rig.answer = () => joins(1, 9);
  const { room } = await subscribed(rig);
  await rig.stream.push({ t: 'ch', state: 'gone', ...at(1, 7) });
  assert.equal(room.state, 'live');
  await rig.stream.push({ t: 'ch', state: 'gone', ...at(1, 9) });
  assert.equal(room.state, 'gone');
});

test('a stream that breaks is opened again, and goes on where it was', async () => {
  const { rig, heard } = await live();
  await rig.stream.push(ev(7, 2));
  await rig.stream.drop();
  assert.equal(rig.client.state, 'reconnecting');
  await rig.clock.advance(1000);
  assert.deepEqual((await rig.stream.hello()).resume![0]!.ch, [{ name: 'room', address: 'rooms/r', epoch: 'e1.proof', seq: 2, last: 'm2' }]);
  const sockets = rig.sockets.length;
  await rig.welcome();
  await rig.stream.push({ t: 'ch', state: 'live', recovered: true, ...at(2, 3) }, ev(3, 3), ev(3, 4));
  assert.deepEqual([heard, rig.streams.length, rig.sockets.length], [['2', '3', '4'], 2, sockets]);
});

test('what the server cannot recover is a fresh snapshot', async () => {
  const { rig, heard } = await live();
  await rig.stream.drop();
  await rig.clock.advance(1000);
  await rig.welcome();
  rig.answer = () => joins(9, 4);
  await rig.stream.push({ t: 'ch', state: 'reset', reason: 'truncated', ...at(1, 3) });
  await settled();
  await rig.stream.push(ev(4, 10));
  assert.deepEqual(heard, ['reset truncated', '10']);
  assert.equal(rig.calls.at(-1)!.headers.get('realtime-session'), 's2');
});

test('a fresh snapshot whose answer never comes is asked for again on the next stream, and late answers change nothing', async () => {
  const { rig, heard } = await live();
  let late!: (response: Response) => void;
  rig.answer = () => new Promise((resolve) => (late = resolve));
  await rig.stream.push({ t: 'ch', state: 'reset', reason: 'truncated', ...at(1, 3) });
  await rig.stream.drop();
  await rig.clock.advance(1000);
  rig.answer = () => joins(9, 4);
  await rig.welcome();
  await rig.stream.push(ev(4, 10));
  late(json({}, 500));
  await settled();
  await rig.stream.push(ev(4, 11));
  assert.deepEqual([heard, rig.client.channel('room', { roomId: 'r' }).state], [['reset resubscribed', '10', '11'], 'live']);
  assert.deepEqual(rig.calls.map(({ headers }) => headers.get('realtime-session')), ['s1', 's1', 's2']);
});

test('a server that does not know the session: the stream is opened again with what the call has joined', async () => {
  const rig = new StreamRig();
  await rig.fallBack();
  rig.answer = () => joins(5);
  const { room } = await subscribed(rig);
  assert.deepEqual([room.state, rig.stream.closed], ['resuming', true]);
  await rig.clock.advance(0);
  const { resume } = await rig.stream.hello();
  assert.deepEqual([resume![0]!.op, resume![0]!.ch[0]!.seq], ['listMessages', 5]);
  await rig.welcome();
  await rig.stream.push({ t: 'ch', state: 'live', recovered: true, ...at(5, 2) });
  assert.deepEqual([room.state, rig.streams.length], ['live', 2]);
});

test('leaving where the session is not known opens the stream again without the channel', async () => {
  const { rig } = await live();
  rig.answer = () => new Response(null, { status: 204, headers: { 'realtime-position': '[]' } });
  await rig.client.channel('room', { roomId: 'r' }).close();
  assert.equal(rig.stream.closed, true);
  await rig.clock.advance(0);
  assert.deepEqual((await rig.stream.hello()).resume, []);
});

test('the socket is tried on, and takes over without a hole or a repetition', async () => {
  const { rig, heard } = await live();
  const seen: string[] = [];
  rig.client.on('state', (state) => seen.push(state));
  await rig.clock.advance(30_000);
  const stream = rig.stream;
  await stream.push({ t: 'ping' });
  rig.socket.open();
  await stream.push(ev(7, 2)); // after the hello of the socket
  await rig.socket.push({ t: 'welcome', session: 'x' });
  rig.socket.push({ t: 'ch', state: 'live', recovered: true, ...at(1, 1) }, ev(1, 2), ev(1, 3));
  assert.deepEqual([heard, stream.closed, seen], [['2', '3'], true, []]);
  const call = rig.client.listMessages({ path });
  await settled();
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [] });
  assert.equal((await call).transport, 'socket');
});

test('sockets that fail beside a stream do not disturb it', async () => {
  const { rig, heard } = await live();
  const before = rig.sockets.length;
  for (let i = 0; i < 4; i++) {
    await rig.clock.advance(30_000);
    await rig.stream.push({ t: 'ping' });
    rig.socket.drop();
  }
  await rig.stream.push(ev(7, 2));
  assert.deepEqual([heard, rig.streams.length, rig.client.state], [['2'], 1, 'open']);
  assert.ok(rig.sockets.length >= before + 3, `${rig.sockets.length - before} tries`);
});

test('a call that insists on the socket waits for it', async () => {
  const { rig } = await live();
  const call = rig.client.listMessages({ path }, { transport: 'socket' });
  await rig.clock.advance(30_000);
  assert.equal(rig.calls.length, 1);
  await rig.greet();
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [] });
  assert.equal((await call).transport, 'socket');
});

test('refused credentials are asked for anew, once; who is forbidden stops', async () => {
  const tokens = ['old', 'new', 'newer'];
  const rig = new StreamRig({ auth: () => ({ scheme: 'Bearer', token: tokens.shift()! }) });
  await rig.clock.advance(0);
  rig.socket.drop();
  await rig.clock.advance(500);
  rig.refuse = () => json({}, 401);
  rig.socket.drop();
  await settled();
  assert.equal(rig.client.state, 'connecting');
  rig.refuse = () => json({}, 403);
  await rig.clock.advance(0);
  rig.socket.drop();
  await settled();
  assert.deepEqual([rig.client.state, rig.codes()], ['failed', ['refused']]);
});

test('a bye by stream has its class', async () => {
  const { rig, heard } = await live();
  await rig.stream.push({ t: 'drain', after: 0, deadline: 10_000 });
  await rig.clock.advance(0);
  assert.equal(rig.client.state, 'draining');
  const [old] = rig.streams;
  await old!.push(ev(7, 2));
  await rig.welcome();
  await rig.stream.push({ t: 'ch', state: 'live', recovered: true, ...at(2, 1) }, ev(1, 3));
  assert.deepEqual([heard, old!.closed, rig.streams.length], [['2', '3'], true, 2]);
  await rig.stream.push({ t: 'bye', code: 4090, problem: {} });
  await rig.stream.drop();
  assert.deepEqual([rig.client.state, rig.codes()], ['failed', ['refused']]);
});

test('a silent stream is given up', async () => {
  const { rig } = await live();
  await rig.clock.advance(70_000);
  assert.equal(rig.streams[0]!.closed, true);
});

test('events that nobody claims are bounded', async () => {
  const { rig } = await live();
  for (let i = 0; i < 1025; i++) await rig.stream.push(ev(99, i + 1));
  assert.equal(rig.streams[0]!.closed, true);
});

test('the server that has no stream costs nothing but the tries', async () => {
  const rig = new StreamRig();
  rig.refuse = () => json({}, 404);
  await rig.clock.advance(0);
  for (let i = 0; i < 5; i++) {
    rig.socket.drop();
    await settled();
    await rig.clock.advance(30_000);
  }
  assert.deepEqual([rig.client.state, rig.codes()], ['connecting', []]);
  await rig.greet();
  assert.equal(rig.client.state, 'open');
});
