import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type AnyResult, type CallOptions } from '../runtime/index.js';
import { settled } from './support/clock.js';
import { json, outcome, Rig, type FakeSocket } from './support/server.js';
import type { ClientOptions, RoomChannel } from './emitted/chat/index.js';

const path = { roomId: 'r' };
const address = 'rooms/r';
const message = (id: string) => ({ id, author: 'a', text: id, at: 'now' });
const joined = (ch = 1, seq = 10, epoch = 'e') => ({ ch, name: 'room', address, epoch, seq, last: `m${seq}` });
const ev = (seq: number, more: object = {}) => ({ t: 'ev', ch: 1, seq, type: 'message.created', id: `m${seq}`, data: message(`m${seq}`), ...more });

/** A client in a room, and the ids of the messages that it is told of. */
async function room(options: ClientOptions = {}) {
  const rig = new Rig(options);
  await rig.open();
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined()] });
  const result = await call;
  assert.ok(result.ok);
  const channel: RoomChannel = result.channels.room;
  const seen: string[] = [];
  channel.on('message.created', ({ id }) => seen.push(id));
  channel.on('$gap', ({ from, to, why }) => seen.push(`gap ${from}-${to} ${why}`));
  channel.on('$reset', ({ reason }) => seen.push(`reset ${reason}`));
  const states: string[] = [];
  channel.onState((state, reason) => states.push(reason ? `${state}: ${reason}` : state));
  await rig.clock.advance(0);
  return { rig, channel, seen, states };
}

/** Loses the connection and makes the next one, up to the welcome. */
async function reconnect(rig: Rig): Promise<FakeSocket> {
  rig.socket.drop();
  await rig.clock.advance(1000);
  return rig.greet();
}

test('a subscribing call gives its channels, and events come in order', async () => {
  const { rig, channel, seen } = await room();
  assert.deepEqual([channel.name, channel.address, channel.state], ['room', address, 'live']);
  assert.equal(rig.client.channel('room', path), channel);
  rig.socket.push(ev(11), ev(12));
  rig.socket.push(ev(13));
  assert.deepEqual(seen, ['m11', 'm12', 'm13']);
  rig.socket.push({ t: 'ev', ch: 1, seq: 14, type: 'typing', data: { user: 'u' } }, { ...ev(15), ch: 2 });
  assert.equal(seen.length, 3);
  assert.deepEqual(rig.errors, []);
});

test('an event to this socket alone reaches who listens at its channel, subscribed or not', async () => {
  const { rig, channel, seen } = await room();
  const direct = (id: string, to: string) => ev(0, { ch: 0, seq: undefined, name: 'room', address: to, id, data: message(id) });
  const other: string[] = [];
  rig.client.channel('room', { roomId: 'other' }).on('message.created', ({ id }) => other.push(id));
  rig.socket.push(ev(11), direct('d1', address), direct('d2', 'rooms/other'), direct('d3', 'rooms/nobody'), ev(12));
  assert.deepEqual([seen, other], [['m11', 'd1', 'm12'], ['d2']]);
  assert.deepEqual([channel.state, rig.errors], ['live', []]);
});

test('events in the same message as the answer wait for a listener bound after await', async () => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined()] }, ev(11), ev(12));
  const result = await call;
  assert.ok(result.ok);
  const seen: string[] = [];
  result.channels.room.on('message.created', ({ id }, { seq, type }) => seen.push(`${type} ${seq} ${id}`));
  rig.socket.push(ev(13));
  assert.deepEqual(seen, []);
  await rig.clock.advance(0);
  assert.deepEqual(seen, ['message.created 11 m11', 'message.created 12 m12', 'message.created 13 m13']);
  rig.socket.push(ev(14));
  assert.equal(seen.length, 4);
});

test('what is held for a listener to come is bounded', async () => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined()] });
  for (let seq = 11; seq < 11 + 1024; seq++) rig.socket.push(ev(seq));
  const result = await call;
  assert.ok(result.ok);
  const seen: number[] = [];
  result.channels.room.on('message.created', (_, { seq }) => seen.push(seq!));
  rig.socket.push(ev(11 + 1024));
  assert.deepEqual(seen, [1035]);
});

test('repetitions are discarded, and volatile events move nothing', async () => {
  const { rig, channel, seen } = await room();
  const typing: string[] = [];
  channel.on('typing', ({ user }, { seq }) => typing.push(`${user} ${seq}`));
  rig.socket.push(ev(11), ev(11), ev(10), { t: 'ev', ch: 1, type: 'typing', data: { user: 'u' } }, ev(12), ev(11));
  assert.deepEqual([seen, typing, rig.errors], [['m11', 'm12'], ['u undefined'], []]);
});

test('a step over what was left out needs prev or gap', async () => {
  const { rig, seen } = await room();
  rig.socket.push(ev(14, { prev: 10 }), { t: 'gap', ch: 1, from: 15, to: 19, why: 'conflated' }, ev(20), { t: 'gap', ch: 1, from: 15, to: 19, why: 'again' });
  assert.deepEqual([seen, rig.errors], [['m14', 'gap 15-19 conflated', 'm20'], []]);
});

test('a hole is a fault: the snapshot is taken again, and nothing newer is told before it', async () => {
  for (const hole of [ev(12), { t: 'gap', ch: 1, from: 12, to: 13, why: 'x' }, ev(15, { prev: 11 })]) {
    const { rig, channel, seen, states } = await room();
    rig.socket.push(hole, ev(13), ev(14));
    assert.deepEqual([seen, channel.state, rig.codes()], [[], 'reset', ['protocol']]);
    assert.deepEqual(rig.socket.last, { t: 'call', id: 2, op: 'listMessages', path });
    rig.socket.push({ t: 'res', id: 2, status: 200, body: [], subs: [joined(2, 14)] }, { ...ev(15), ch: 2 });
    assert.deepEqual(seen, ['reset hole', 'm15']);
    assert.deepEqual(states, ['reset: hole', 'live']);
    assert.equal(rig.socket.calls().length, 2);
  }
});

test('listeners bound before and after the first connect fire once per event, over all connections', async () => {
  const rig = new Rig();
  const seen: string[] = [];
  rig.client.channel('room', path).on('message.created', ({ id }) => seen.push(`before ${id}`));
  const call = rig.client.listMessages({ path });
  await rig.open();
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined()] });
  const result = await call;
  assert.ok(result.ok);
  result.channels.room.on('message.created', ({ id }) => seen.push(`after ${id}`));
  rig.socket.push(ev(11));
  assert.deepEqual(seen.splice(0), ['before m11', 'after m11']);

  const second = await reconnect(rig);
  second.push({ t: 'ch', ch: 1, name: 'room', address, state: 'live', epoch: 'e', seq: 11, recovered: true }, ev(12));
  assert.deepEqual(seen.splice(0), ['before m12', 'after m12']);

  rig.client.disconnect();
  assert.equal(result.channels.room.state, 'idle');
  void rig.client.connect();
  const third = await rig.open();
  assert.deepEqual(third.hello.resume?.[0]?.ch, [{ name: 'room', address, epoch: 'e', seq: 12, last: 'm12' }]);
  third.push({ t: 'ch', ch: 1, name: 'room', address, state: 'live', epoch: 'e', seq: 12, recovered: true }, ev(13));
  assert.deepEqual(seen.splice(0), ['before m13', 'after m13']);
  assert.deepEqual(rig.errors, []);
});

test('after a drop the channel goes on where it was', async () => {
  const { rig, channel, seen, states } = await room({ headers: { 'x-tenant': 't' } });
  rig.socket.push(ev(11));
  rig.socket.drop();
  assert.equal(channel.state, 'resuming');
  await rig.clock.advance(2000);
  const socket = await rig.greet();
  assert.deepEqual(socket.hello.resume, [
    { op: 'listMessages', path, headers: { 'x-tenant': 't' }, ch: [{ name: 'room', address, epoch: 'e', seq: 11, last: 'm11' }] },
  ]);
  assert.equal(channel.state, 'resuming');
  const missed = [12, 13, 14, 15, 16].map((seq) => ev(seq, { ch: 7 }));
  socket.push({ t: 'ch', ch: 7, name: 'room', address, state: 'live', epoch: 'e', seq: 16, recovered: true }, ...missed, missed[4]!, ev(17, { ch: 7 }));
  assert.deepEqual(seen, ['m11', 'm12', 'm13', 'm14', 'm15', 'm16', 'm17']);
  assert.deepEqual(states, ['resuming', 'live']);
  assert.deepEqual([socket.calls(), rig.errors], [[], []]);
});

test('what the server cannot recover is a gap, or a fresh snapshot', async () => {
  const { rig, seen, states } = await room();
  const second = await reconnect(rig);
  second.push({ t: 'ch', ch: 1, name: 'room', address, state: 'live', epoch: 'e', seq: 15, recovered: false, reason: 'none' }, ev(16));
  assert.deepEqual(seen.splice(0), ['gap 11-15 none', 'm16']);

  const third = await reconnect(rig);
  third.push({ t: 'ch', ch: 0, name: 'room', address, state: 'reset', epoch: 'f', seq: 0, reason: 'truncated' });
  assert.deepEqual(third.calls().map(({ op }) => op), ['listMessages']);
  third.push({ t: 'res', id: 1, status: 200, body: [message('m1')], subs: [joined(1, 3, 'f')] }, ev(4), ev(2));
  assert.deepEqual(seen.splice(0), ['reset truncated', 'm4']);
  assert.deepEqual(states, ['resuming', 'live', 'resuming', 'reset: truncated', 'live']);
});

test('a reset brings the fresh result', async () => {
  const { rig, channel } = await room();
  let fresh: unknown;
  channel.on('$reset', ({ result }) => (fresh = result.ok && result.body));
  rig.socket.push({ t: 'ch', ch: 1, name: 'room', address, state: 'reset', epoch: 'f', seq: 0, reason: 'epoch' });
  rig.socket.push({ t: 'res', id: 2, status: 200, body: [message('new')], subs: [joined(2, 3, 'f')] });
  assert.deepEqual(fresh, [message('new')]);
});

test('a call made again after a reset has no idempotency key: its first answer would be no new snapshot', async () => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.listMessages({ path }, { idempotencyKey: 'k1', headers: { 'x-own': 'kept' } });
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined()] });
  await call;
  rig.socket.push({ t: 'ch', ch: 1, name: 'room', address, state: 'reset', epoch: 'f', seq: 0, reason: 'epoch' });
  assert.deepEqual(rig.socket.calls().map(({ headers }) => headers), [{ 'idempotency-key': 'k1', 'x-own': 'kept' }, { 'x-own': 'kept' }]);
});

test('a snapshot that is refused ends the channel; one that is lost is taken on the next connection', async () => {
  const refused = await room();
  refused.rig.socket.push({ t: 'ch', ch: 1, name: 'room', address, state: 'reset', epoch: 'f', seq: 0, reason: 'forbidden' });
  refused.rig.socket.push({ t: 'res', id: 2, status: 403 });
  assert.deepEqual(refused.states, ['reset: forbidden', 'gone: status 403']);
  await reconnect(refused.rig);
  assert.deepEqual([refused.rig.socket.hello.resume, refused.rig.socket.calls()], [[], []]);

  const lost = await room();
  lost.rig.socket.push({ t: 'ch', ch: 1, name: 'room', address, state: 'reset', epoch: 'f', seq: 0, reason: 'epoch' });
  await reconnect(lost.rig);
  assert.deepEqual(lost.rig.socket.hello.resume, []);
  lost.rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined(1, 2, 'f')] }, ev(3));
  assert.deepEqual([lost.channel.state, lost.seen], ['live', ['reset resubscribed', 'm3']]);
});

test('4400 forgets positions', async () => {
  const { rig, seen } = await room();
  rig.socket.drop(4400);
  await rig.clock.advance(1000);
  await rig.greet();
  assert.deepEqual(rig.socket.hello.resume, []);
  assert.deepEqual(rig.socket.calls().map(({ op }) => op), ['listMessages']);
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [joined(1, 1, 'g')] }, ev(2));
  assert.deepEqual(seen, ['reset resubscribed', 'm2']);
});

test('disconnecting within a listener ends the message, and leaves the channel as it is', async () => {
  const { rig, channel, seen } = await room();
  channel.on('message.created', () => rig.client.disconnect());
  rig.socket.push(ev(11), ev(12));
  assert.deepEqual([seen, channel.state], [['m11'], 'idle']);

  const again = await room();
  again.rig.socket.drop(4400);
  again.rig.client.on('connect', () => again.rig.client.disconnect());
  await again.rig.clock.advance(1000);
  await again.rig.greet();
  assert.deepEqual([again.channel.state, again.rig.socket.calls()], ['idle', []]);
});

test('when the server ends a channel, its handle is gone and not resumed', async () => {
  const { rig, channel, seen, states } = await room();
  rig.socket.push({ t: 'ch', ch: 1, name: 'room', address, state: 'gone', epoch: 'e', seq: 10, reason: 'revoked' }, ev(11));
  assert.deepEqual([channel.state, seen, states], ['gone', [], ['gone: revoked']]);
  await reconnect(rig);
  assert.deepEqual(rig.socket.hello.resume, []);
});

test('a failed client ends its channels', async () => {
  const { rig, channel } = await room();
  rig.socket.drop(4003, 'forbidden');
  assert.deepEqual([rig.client.state, channel.state], ['failed', 'gone']);
});

test('subscribing twice is one subscription', async () => {
  const { rig, channel, seen } = await room();
  const call = rig.client.listMessages({ path });
  rig.socket.push(ev(11), { t: 'res', id: 2, status: 200, body: [], subs: [joined(1, 11)] }, ev(12));
  const result = await call;
  assert.ok(result.ok);
  assert.equal(result.channels.room, channel);
  assert.deepEqual(seen, ['m11', 'm12']);
  await reconnect(rig);
  assert.equal(rig.socket.hello.resume?.length, 1);
});

test('on, off, once', async () => {
  const { rig, channel } = await room();
  const seen: string[] = [];
  const on = () => seen.push('on');
  channel.on('message.created', on);
  channel.on('message.created', on);
  const once = () => seen.push('once');
  channel.once('message.created', once);
  const never = () => seen.push('never');
  channel.once('message.created', never);
  channel.off('message.created', never);
  const off = channel.on('message.created', () => {
    off();
    channel.off('message.created', on2);
    seen.push('removes');
  });
  const on2 = () => seen.push('removed');
  channel.on('message.created', on2);
  rig.socket.push(ev(11), ev(12));
  assert.deepEqual(seen, ['on', 'once', 'removes', 'on']);
  channel.on('message.created', () => { throw new Error('mine'); });
  let after = 0;
  channel.on('message.created', () => after++);
  rig.socket.push(ev(13));
  await settled();
  assert.deepEqual([after, rig.errors.map((e) => e.message)], [1, ['mine']]);
});

test('iteration gives every event in order, and ends with the channel', async () => {
  const { rig, channel } = await room();
  const seen: string[] = [];
  const loop = (async () => {
    for await (const event of channel) {
      seen.push(`${event.type} ${event.seq}`);
      if (event.type === 'message.created') seen.push(event.data.text);
    }
    seen.push('end');
  })();
  rig.socket.push(ev(11), { t: 'gap', ch: 1, from: 12, to: 12, why: 'dropped' });
  await settled();
  rig.socket.push(ev(13));
  await settled();
  rig.socket.push(ev(14), { t: 'ch', ch: 1, name: 'room', address, state: 'gone', epoch: 'e', seq: 14 });
  await loop;
  assert.deepEqual(seen, ['message.created 11', 'm11', '$gap 12', 'message.created 13', 'm13', 'message.created 14', 'm14', 'end']);
});

test('leaving an iteration lets go of it', async () => {
  const { rig, channel } = await room();
  const iterator = channel[Symbol.asyncIterator]();
  const first = iterator.next();
  rig.socket.push(ev(11));
  assert.equal((await first).value?.type, 'message.created');
  await iterator.return?.();
  rig.socket.push(ev(12));
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test('a slow iteration is told of what it has missed', async () => {
  const { rig, channel } = await room();
  const iterator = channel[Symbol.asyncIterator]();
  for (let seq = 11; seq < 11 + 1025; seq++) rig.socket.push(ev(seq));
  const first = (await iterator.next()).value;
  assert.deepEqual([first?.type, first?.data], ['$gap', { from: 11, to: 1034, why: 'slow' }]);
  assert.equal((await iterator.next()).value?.seq, 1035);
  await iterator.return?.();
});

test('close runs the operation that unsubscribes, and the handle is done', async () => {
  const { rig, channel, seen, states } = await room();
  const closed = channel.close();
  assert.deepEqual(rig.socket.last, { t: 'call', id: 2, op: 'leaveRoom', path });
  rig.socket.push(ev(11), { t: 'ch', ch: 1, name: 'room', address, state: 'gone', epoch: 'e', seq: 11 }, { t: 'res', id: 2, status: 204 });
  await closed;
  assert.deepEqual([channel.state, seen, states], ['gone', [], ['gone: closed']]);
  await channel.close();
  assert.equal(rig.socket.calls().length, 2);
  assert.notEqual(rig.client.channel('room', path), channel);
  await reconnect(rig);
  assert.deepEqual(rig.socket.hello.resume, []);
});

test('close never rejects: what goes wrong in leaving is reported', async () => {
  const { rig, channel } = await room();
  const closed = channel.close();
  rig.socket.push({ t: 'res', id: 2, status: 500 });
  await closed;
  assert.deepEqual(rig.codes(), ['status']);

  const away = await room();
  away.rig.socket.drop();
  await away.channel.close();
  assert.deepEqual([away.rig.requests.length, away.rig.errors], [0, []]);
});

test('a position that is none costs the channels, not the answer', async () => {
  const rig = new Rig();
  rig.respond = () => json([], 200, { 'realtime-position': '{' });
  await rig.open();
  rig.socket.drop();
  const result = await rig.client.listMessages({ path });
  assert.deepEqual([result.status, result.channels, rig.errors.length], [200, {}, 1]);
});

test('a handle that nobody has subscribed to closes without a call', async () => {
  const rig = new Rig();
  await rig.open();
  await rig.client.channel('room', { roomId: 'x' }).close();
  assert.deepEqual(rig.socket.calls(), []);
});

test('presence is kept as members and count', async () => {
  const { rig, channel } = await room();
  const seen: unknown[] = [];
  channel.on('$presence', (diff) => seen.push(diff));
  const presence = (data: object) => rig.socket.push({ t: 'ev', ch: 1, type: '$presence', data });
  presence({ full: true, join: [{ id: 'u1', info: { name: 'Ada' } }, { id: '__proto__', info: { name: 'Eve' } }], count: 2 });
  assert.deepEqual([...channel.members], [['u1', { name: 'Ada' }], ['__proto__', { name: 'Eve' }]]);
  presence({ join: [{ id: 'u2', info: { name: 'Bob' } }], leave: ['__proto__'] });
  assert.deepEqual([[...channel.members.keys()], channel.count], [['u1', 'u2'], 2]);
  presence({ full: true, join: [{ id: 'u3', info: { name: 'Cy' } }] });
  assert.deepEqual([[...channel.members.keys()], channel.count], [['u3'], 1]);
  presence({ count: 40 });
  assert.deepEqual([channel.count, seen.length], [40, 4]);
});

test('an address keeps its parameters apart', async () => {
  const rig = new Rig({ autoConnect: false });
  assert.equal(rig.client.channel('room', { roomId: 'a/b c' }).address, 'rooms/a%2Fb%20c');
  assert.notEqual(rig.client.channel('room', { roomId: 'a' }), rig.client.channel('room', { roomId: 'b' }));
});

test('a call that went by HTTP has its channels, live as soon as there is a socket', async () => {
  const rig = new Rig();
  rig.respond = () => json([], 200, { 'realtime-position': JSON.stringify([{ name: 'room', address, epoch: 'e', seq: 10, last: 'm10' }]) });
  const waiting = rig.client.listMessages({ path });
  await rig.clock.advance(0);
  rig.socket.drop();
  await rig.clock.advance(500);
  rig.socket.drop();
  const result = await waiting;
  assert.ok(result.ok);
  const { room } = result.channels;
  const seen: string[] = [];
  room.on('message.created', ({ id }) => seen.push(id));
  assert.equal(room.state, 'resuming');
  await rig.clock.advance(30_000);
  await rig.greet();
  assert.deepEqual(rig.socket.hello.resume, [{ op: 'listMessages', path, headers: {}, ch: [{ name: 'room', address, epoch: 'e', seq: 10, last: 'm10' }] }]);
  rig.socket.push({ t: 'ch', ch: 1, name: 'room', address, state: 'live', epoch: 'e', seq: 10, recovered: true }, ev(11));
  assert.deepEqual([seen, room.state], [['m11'], 'live']);
});

test('draining: channels move without a hole and without a repetition', async () => {
  const { rig, channel, seen, states } = await room();
  const old = rig.socket;
  const late = rig.client.listMessages({ path: { roomId: 'late' } });
  void rig.client.createMessage({ path, body: { text: '' } }).catch(() => {});
  old.push(ev(11), { t: 'drain', after: 0, deadline: 10_000 });
  await rig.clock.advance(0);
  rig.socket.open();
  assert.deepEqual(rig.socket.hello.resume?.[0]?.ch[0], { name: 'room', address, epoch: 'e', seq: 11, last: 'm11' });
  old.push(ev(12));
  rig.socket.push({ t: 'welcome' }, { t: 'ch', ch: 4, name: 'room', address, state: 'live', epoch: 'e', seq: 11, recovered: true }, ev(12, { ch: 4 }), ev(13, { ch: 4 }));
  old.push(ev(13), { t: 'ch', ch: 1, name: 'room', address, state: 'gone', epoch: 'e', seq: 13, reason: 'draining' });
  rig.socket.push(ev(14, { ch: 4 }));
  assert.deepEqual([seen, states, channel.state], [['m11', 'm12', 'm13', 'm14'], [], 'live']);

  // What a call joins on the old connection is joined again on the new one.
  const lateAddress = 'rooms/late';
  old.push({ t: 'res', id: 2, status: 200, body: [], subs: [{ ch: 2, name: 'room', address: lateAddress, epoch: 'e', seq: 0 }] });
  assert.ok((await late).ok);
  assert.deepEqual(rig.socket.calls().map(({ op, path }) => [op, path]), [['listMessages', { roomId: 'late' }]]);
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [], subs: [{ ch: 5, name: 'room', address: lateAddress, epoch: 'e', seq: 0 }] });
  assert.equal(rig.client.channel('room', { roomId: 'late' }).state, 'live');
  assert.deepEqual(rig.errors, []);
});

test('a call with several channels is made again once, and without those that were left', async () => {
  interface Orders {
    get(request: object, options?: CallOptions): Promise<AnyResult>;
  }
  const rig = new Rig({ autoConnect: false });
  const sockets: FakeSocket[] = rig.sockets;
  const { FakeSocket: Fake } = await import('./support/server.js');
  class WebSocket extends Fake {
    constructor(url: string, protocols: string | string[] = []) {
      super(url, [protocols].flat());
      sockets.push(this);
    }
  }
  const client = createClient<Orders>(
    { url: 'http://a.test', operations: { get: { route: 'QUERY /o' } }, channels: { order: { address: 'o' }, courier: { address: 'c' }, third: { address: 't' } } },
    { clock: rig.clock, WebSocket, onError: (error) => rig.errors.push(error as Error) },
  );
  const at = (name: string, ch: number) => ({ ch, name, address: name[0]!, epoch: 'e', seq: 1, last: 'x' });
  const call = client.get({});
  await rig.clock.advance(0);
  const socket = sockets.at(-1)!;
  socket.open();
  socket.push({ t: 'welcome' });
  socket.push({ t: 'res', id: 1, status: 200, subs: [at('order', 1), at('courier', 2), at('third', 3)] });
  const { order, courier, third } = (await call).channels as Record<string, RoomChannel>;
  await rig.clock.advance(0);
  await third!.close();
  const resets: string[] = [];
  order!.on('$reset', () => resets.push('order'));
  courier!.on('$reset', () => resets.push('courier'));
  socket.push(...['order', 'courier'].map((name, i) => ({ t: 'ch', ...at(name, i + 1), state: 'reset', reason: 'epoch' })));
  assert.equal(socket.calls().length, 2);
  socket.push({ t: 'res', id: 2, status: 200, subs: [at('order', 4), at('courier', 5), at('third', 6)] });
  assert.deepEqual([resets, order!.state, courier!.state, third!.state], [['order', 'courier'], 'live', 'live', 'gone']);
  socket.drop();
  await rig.clock.advance(1000);
  const next = sockets.at(-1)!;
  next.open();
  assert.deepEqual(next.hello.resume?.map(({ ch }) => ch.map(({ name }) => name)), [['order', 'courier']]);
  assert.deepEqual(rig.errors, []);
});

test('a call may join one channel at several addresses', async () => {
  const { rig, channel } = await room();
  const other = rig.client.channel('room', { roomId: 'other' });
  const seen: string[] = [];
  channel.on('$reset', () => seen.push('r'));
  other.on('$reset', () => seen.push('other'));
  const second = { ...joined(2), address: 'rooms/other' };
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 2, status: 200, body: [], subs: [joined(), second] });
  assert.ok((await call).ok);
  rig.socket.push({ t: 'ch', ...joined(), state: 'reset', reason: 'x' }, { t: 'ch', ...second, state: 'reset', reason: 'x' });
  rig.socket.push({ t: 'res', id: 3, status: 200, body: [], subs: [joined(), second] });
  assert.deepEqual([seen, channel.state, other.state, rig.errors], [['r', 'other'], 'live', 'live', []]);
});

test('a snapshot by HTTP takes nothing from the listeners of a channel that is resuming', async () => {
  const { rig, seen } = await room();
  rig.socket.drop();
  const position = [{ name: 'room', address, epoch: 'e', seq: 13, last: 'm13' }];
  rig.respond = () => json([], 200, { 'realtime-position': JSON.stringify(position) });
  await rig.client.listMessages({ path });
  await rig.clock.advance(1000);
  await rig.greet();
  assert.equal(rig.socket.hello.resume?.[0]?.ch[0]?.seq, 10);
  const live = { t: 'ch', ch: 1, name: 'room', address, state: 'live', epoch: 'e', seq: 13, recovered: true };
  rig.socket.push(live, ev(11), ev(12), ev(13));
  assert.deepEqual(seen, ['m11', 'm12', 'm13']);
});

test('a subscription that fails joins nothing', async () => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 1, status: 404, body: {} });
  const result = await call;
  assert.deepEqual([result.ok, result.channels], [false, {}]);
  assert.equal(rig.client.channel('room', path).state, 'idle');
  const broken = outcome(rig.client.listMessages({ path }));
  rig.socket.push({ t: 'res', id: 2, status: 200, subs: 7 });
  assert.equal((await broken).code, 'protocol');
});
