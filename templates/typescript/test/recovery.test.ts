import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions } from '../runtime/index.js';
import { Rig, type FakeSocket } from './support/server.js';
import type { RoomChannel } from './emitted/chat/index.js';

// The promise of the protocol, tried out: within the declared history and one epoch, every event of a channel is
// applied exactly once and in order; otherwise the client is told before it sees anything newer. A model of the server
// publishes, loses connections in the middle of messages, forgets history and restarts, all by a seeded die.

const address = 'rooms/r';
const historySize = 5;

/** mulberry32: small, seeded, good enough for a die. */
function die(seed: number): (sides: number) => number {
  return (sides) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  };
}

/** The server's side of one channel. */
class Model {
  epoch = 1;
  seq = 0;
  readonly #rig: Rig;
  #member: FakeSocket | undefined;
  #answered = 0;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  /** Opens what the client dials, and does for it what a server does. */
  async serve(): Promise<void> {
    const { socket } = this.#rig;
    if (!socket || socket.closeCode !== undefined || socket.sent.length) return;
    this.#answered = 0;
    const greeted = this.#rig.greet();
    for (const { ch } of socket.hello.resume ?? []) for (const at of ch) this.#resume(socket, at);
    await greeted;
    this.answer();
  }

  #resume(socket: FakeSocket, at: { epoch: string; seq: number }): void {
    const frame = { t: 'ch', ch: 1, name: 'room', address, epoch: `e${this.epoch}`, seq: this.seq };
    if (at.epoch !== frame.epoch) return socket.push({ ...frame, state: 'reset', reason: 'epoch' });
    if (at.seq < this.seq - historySize) return socket.push({ ...frame, state: 'reset', reason: 'truncated' });
    this.#member = socket;
    socket.push({ ...frame, state: 'live', recovered: true });
    for (let seq = at.seq + 1; seq <= this.seq; seq++) socket.push(this.#event(seq));
  }

  /** Answers the subscribing calls that are open. */
  answer(): void {
    const { socket } = this.#rig;
    for (const { id } of socket.calls().slice(this.#answered)) {
      this.#answered++;
      this.#member = socket;
      const joined = { ch: 1, name: 'room', address, epoch: `e${this.epoch}`, seq: this.seq, last: `${this.epoch}.${this.seq}` };
      socket.push({ t: 'res', id, status: 200, body: [{ id: `${this.epoch}.${this.seq}` }], subs: [joined] });
    }
  }

  publish(): void {
    this.seq++;
    this.#member?.push(this.#event(this.seq));
  }

  #event(seq: number) {
    return { t: 'ev', ch: 1, seq, type: 'message.created', id: `${this.epoch}.${seq}`, data: { id: `${this.epoch}.${seq}` } };
  }

  drop(): void {
    this.#member = undefined;
    this.#rig.socket.closeCode ??= 1006;
    this.#rig.socket.drop();
  }

  /** A server without its history. */
  restart(): void {
    this.epoch++;
    this.seq = 0;
    this.drop();
  }
}

/** What a listener knows: the last event, which must be followed by the next, unless a snapshot comes between. */
function watch(channel: RoomChannel): { last: string; told: number; resets: number } {
  const state = { last: '1.0', told: 0, resets: 0 };
  channel.on('message.created', ({ id }) => {
    const [epoch, seq] = state.last.split('.').map(Number);
    assert.equal(id, `${epoch}.${seq! + 1}`, 'the next event');
    state.last = id;
    state.told++;
  });
  channel.on('$reset', ({ result }) => {
    assert.ok(result.ok);
    state.last = result.body[0]!.id;
    state.resets++;
  });
  channel.on('$gap', () => assert.fail('nothing was left out'));
  return state;
}

async function story(seed: number, options: ClientOptions = {}): Promise<{ told: number; resets: number }> {
  const roll = die(seed);
  const rig = new Rig(options);
  const failures: unknown[] = rig.errors;
  const model = new Model(rig);
  const state = watch(rig.client.channel('room', { roomId: 'r' }));
  const call = rig.client.listMessages({ path: { roomId: 'r' } });
  await rig.clock.advance(0);
  await model.serve();
  assert.ok((await call).ok);
  for (let step = 0; step < 60; step++) {
    const what = roll(20);
    if (what < 12) model.publish();
    else if (what < 15) model.drop();
    else if (what === 15) model.restart();
    else await rig.clock.advance(roll(3000));
    await model.serve();
    if (roll(3)) model.answer();
  }
  await rig.clock.advance(60_000);
  await model.serve();
  model.answer();
  assert.equal(rig.client.channel('room', { roomId: 'r' }).state, 'live');
  assert.equal(state.last, `${model.epoch}.${model.seq}`, 'all caught up');
  assert.deepEqual(failures, []);
  rig.client.disconnect();
  return state;
}

test('every event once and in order, or a snapshot before anything newer', async () => {
  let told = 0;
  let resets = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const outcome = await story(seed).catch((error: Error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
    });
    told += outcome.told;
    resets += outcome.resets;
  }
  // The die has tried both ways often enough to mean something.
  assert.ok(told > 1000 && resets > 50, `${told} events, ${resets} resets`);
});
