import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcome, json, Rig, type FakeSocket } from './support/server.js';
import { settled } from './support/clock.js';

const path = { roomId: 'r' };

/** The states that a client goes through. */
function states(rig: Rig): string[] {
  const seen: string[] = [];
  rig.client.on('state', (state) => seen.push(state));
  return seen;
}

test('a client connects by itself in the next tick', async () => {
  const rig = new Rig();
  const seen = states(rig);
  assert.equal(rig.client.state, 'idle');
  assert.equal(rig.sockets.length, 0);
  await rig.open();
  assert.deepEqual(seen, ['connecting', 'open']);
  assert.equal(rig.socket.url, 'wss://chat.example/realtime');
  assert.deepEqual(rig.socket.protocols, ['rtgen.v1.json']);
  assert.equal(rig.socket.hello.spec, '5f0c3b8a71d2');
  assert.deepEqual(rig.socket.hello.resume, []);
});

test('without autoConnect it waits to be told, and tells when it is connected', async () => {
  const rig = new Rig({ autoConnect: false });
  let connected = 0;
  rig.client.on('connect', () => connected++);
  await rig.clock.advance(60_000);
  assert.equal(rig.sockets.length, 0);
  const done = rig.client.connect();
  await rig.open();
  await done;
  await rig.client.connect();
  assert.deepEqual([connected, rig.sockets.length, rig.client.state], [1, 1, 'open']);
});

test('two clients side by side do not meet', async () => {
  const [one, two] = [new Rig(), new Rig()];
  await one.open();
  await two.open();
  one.client.disconnect();
  assert.deepEqual([one.client.state, two.client.state, two.socket.closeCode], ['closed', 'open', undefined]);
});

test('disconnect may be called at any time, and twice', async () => {
  const idle = new Rig();
  idle.client.disconnect();
  idle.client.disconnect();
  await idle.clock.advance(60_000);
  assert.deepEqual([idle.client.state, idle.sockets.length], ['closed', 0]);

  const connecting = new Rig();
  const opened = connecting.client.connect();
  await connecting.clock.advance(0);
  connecting.client.disconnect();
  connecting.client.disconnect();
  assert.deepEqual([connecting.client.state, connecting.socket.closeCode], ['closed', 1000]);
  connecting.socket.open();
  connecting.socket.push({ t: 'welcome' });
  connecting.socket.drop();
  await connecting.clock.advance(60_000);
  assert.deepEqual([connecting.client.state, connecting.sockets.length], ['closed', 1]);
  assert.equal((await outcome(opened)).code, 'closed');

  const asking = new Rig({ auth: () => new Promise(() => {}) });
  void asking.client.connect();
  asking.client.disconnect();
  await asking.clock.advance(60_000);
  assert.equal(asking.sockets.length, 0);

  let answer = (_: undefined) => {};
  const late = new Rig({ auth: () => new Promise((resolve) => (answer = resolve)) });
  await late.clock.advance(0);
  late.client.disconnect();
  answer(undefined);
  await late.clock.advance(60_000);
  assert.deepEqual([late.client.state, late.sockets.length], ['closed', 0]);

  const open = new Rig();
  await open.open();
  open.client.disconnect();
  open.client.disconnect();
  assert.deepEqual([open.client.state, open.socket.closeCode, open.clock.waiting], ['closed', 1000, 0]);
});

test('connect after disconnect starts anew', async () => {
  const rig = new Rig();
  await rig.open();
  rig.client.disconnect();
  const again = rig.client.connect();
  await rig.open();
  await again;
  assert.deepEqual([rig.client.state, rig.sockets.length], ['open', 2]);
});

test('reconnecting waits a random time that grows up to 30 s', async () => {
  const rig = new Rig();
  await rig.open();
  const waits: number[] = [];
  rig.clock.chance = 0.999999;
  rig.socket.drop();
  for (const bound of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    const before = rig.sockets.length;
    await rig.clock.advance(bound - 1);
    assert.equal(rig.sockets.length, before, `not within ${bound} ms`);
    await rig.clock.advance(1);
    assert.equal(rig.sockets.length, before + 1, `after ${bound} ms`);
    waits.push(bound);
    rig.socket.drop();
  }
  assert.equal(rig.client.state, 'reconnecting');
  rig.clock.chance = 0;
  await rig.clock.advance(30_000);
  const before = rig.sockets.length;
  rig.socket.drop();
  await rig.clock.advance(499);
  assert.equal(rig.sockets.length, before);
  await rig.clock.advance(1);
  assert.equal(rig.sockets.length, before + 1);
  await rig.greet();
  assert.equal(rig.client.state, 'open');
});

test('after a good while the waiting begins small again', async () => {
  const rig = new Rig();
  await rig.open();
  rig.clock.chance = 0.999999;
  for (let i = 0; i < 4; i++) {
    rig.socket.drop();
    await rig.clock.advance(30_000);
  }
  await rig.greet();
  await rig.clock.advance(5000);
  rig.socket.drop();
  const before = rig.sockets.length;
  await rig.clock.advance(1000);
  assert.equal(rig.sockets.length, before + 1);
});

const classes: [code: number, what: string, state: string, within: number | undefined][] = [
  [1000, 'retry', 'reconnecting', 1000],
  [1001, 'retry', 'reconnecting', 1000],
  [1006, 'retry', 'reconnecting', 1000],
  [1012, 'retry', 'reconnecting', 1000],
  [1002, 'stop', 'failed', undefined],
  [1003, 'stop', 'failed', undefined],
  [1007, 'stop', 'failed', undefined],
  [1009, 'stop', 'failed', undefined],
  [1010, 'stop', 'failed', undefined],
  [4000, 'stop', 'failed', undefined],
  [4090, 'stop', 'failed', undefined],
  [4099, 'stop', 'failed', undefined],
  [4101, 'new credentials', 'reconnecting', 0],
  [4200, 'now', 'reconnecting', 1000],
  [4299, 'now', 'reconnecting', 1000],
  [4300, 'retry', 'reconnecting', 1000],
  [4400, 'retry', 'reconnecting', 1000],
  [4800, 'stop', 'failed', undefined],
  [4900, 'retry', 'reconnecting', 1000],
];
for (const [code, what, state, within] of classes) {
  test(`close code ${code}: ${what}`, async () => {
    const rig = new Rig();
    await rig.open();
    rig.clock.chance = 0.9999;
    rig.socket.drop(code, 'why');
    assert.equal(rig.client.state, state);
    await rig.clock.advance(within ?? 60_000);
    assert.equal(rig.sockets.length, within === undefined ? 1 : 2);
    if (within === undefined) {
      assert.deepEqual(rig.codes(), ['refused']);
      assert.match(rig.errors[0]!.message, new RegExp(`why.*${code}`));
      assert.equal((await outcome(rig.client.listMessages({ path }, { transport: 'socket' }))).code, 'closed');
    }
  });
}

test('whoever is sent away again and again waits like everybody else', async () => {
  const rig = new Rig();
  await rig.open();
  for (const wait of [0, 0, 0, 500]) {
    rig.socket.drop(4202);
    const before = rig.sockets.length;
    if (wait) await rig.clock.advance(wait - 1);
    assert.equal(rig.sockets.length, before, `before ${wait} ms`);
    await rig.clock.advance(wait ? 1 : 0);
    assert.equal(rig.sockets.length, before + 1, `after ${wait} ms`);
    await rig.greet();
  }
});

test('bye goes before the close code, and its retry before our own', async () => {
  const rig = new Rig();
  await rig.open();
  rig.socket.push({ t: 'bye', code: 4302, retry: 7000 });
  rig.socket.drop(1006);
  await rig.clock.advance(6999);
  assert.equal(rig.sockets.length, 1);
  await rig.clock.advance(1);
  assert.equal(rig.sockets.length, 2);
  await rig.greet();
  rig.socket.push({ t: 'bye', code: 4006 });
  rig.socket.drop(1005);
  assert.equal(rig.client.state, 'failed');
});

test('refused credentials are asked for once more, and then no more', async () => {
  let asked = 0;
  const rig = new Rig({ auth: () => ({ scheme: 'Bearer', token: `t${++asked}` }) });
  await rig.open();
  assert.deepEqual(rig.socket.hello.auth, { scheme: 'Bearer', token: 't1' });
  rig.socket.drop(4102);
  await rig.clock.advance(0);
  await rig.greet();
  assert.deepEqual(rig.socket.hello.auth, { scheme: 'Bearer', token: 't2' });
  rig.socket.drop(4101);
  await rig.clock.advance(60_000);
  assert.deepEqual([rig.client.state, rig.sockets.length, rig.codes()], ['failed', 2, ['credentials']]);
});

test('credentials that come late or not at all delay the connection only', async () => {
  let fails = true;
  const rig = new Rig({
    auth: async () => {
      if (fails) throw new Error('offline');
      return undefined;
    },
  });
  await rig.clock.advance(0);
  assert.deepEqual([rig.sockets.length, rig.errors[0]?.message], [0, 'offline']);
  fails = false;
  await rig.clock.advance(500);
  await rig.greet();
  assert.equal(rig.client.state, 'open');
  assert.equal(rig.socket.hello.auth, undefined);
});

test('credentials are renewed in place when the server says that they are due', async () => {
  let asked = 0;
  const rig = new Rig({ auth: () => ({ scheme: 'Bearer', token: `t${++asked}` }) });
  await rig.open();
  rig.socket.push({ t: 'auth', due: 30_000 });
  await settled();
  const { last } = rig.socket;
  assert.deepEqual(last, { t: 'auth', id: 1, scheme: 'Bearer', token: 't2' });
  rig.socket.push({ t: 'res', id: 1, status: 204 });
  assert.deepEqual([rig.client.state, rig.errors.length], ['open', 0]);
  rig.socket.push({ t: 'auth', due: 30_000 });
  await settled();
  rig.socket.push({ t: 'res', id: 2, status: 401 });
  assert.deepEqual(rig.codes(), ['credentials']);
});

test('pings are answered, and a silent server is given up', async () => {
  const rig = new Rig();
  await rig.open({ ping: 10_000 });
  for (let n = 1; n <= 3; n++) {
    await rig.clock.advance(10_000);
    rig.socket.push({ t: 'ping', n });
    assert.deepEqual(rig.socket.last, { t: 'pong', n });
  }
  await rig.clock.advance(24_999);
  assert.equal(rig.client.state, 'open');
  await rig.clock.advance(2);
  assert.deepEqual([rig.client.state, rig.sockets[0]!.closeCode], ['reconnecting', 4305]);
  await rig.clock.advance(1000);
  assert.equal(rig.sockets.length, 2);
});

test('coming back to the page asks for a sign of life, and ends waiting', async (t) => {
  const page = Object.assign(new EventTarget(), { document: Object.assign(new EventTarget(), { hidden: false }) });
  const globals = globalThis as { document?: unknown; addEventListener?: unknown; removeEventListener?: unknown };
  globals.document = page.document;
  const signals: AbortSignal[] = [];
  globals.addEventListener = (type: string, listener: () => void, options: { signal: AbortSignal }) => {
    signals.push(options.signal);
    page.addEventListener(type, listener, options);
  };
  globals.removeEventListener = page.removeEventListener.bind(page);
  t.after(() => {
    delete globals.document;
    delete globals.addEventListener;
    delete globals.removeEventListener;
  });
  const rig = new Rig();
  await rig.open({ ping: 60_000 });

  page.document.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual(rig.socket.last, { t: 'probe' });
  await rig.clock.advance(1000);
  rig.socket.push({ t: 'ping' });
  await rig.clock.advance(30_000);
  assert.equal(rig.client.state, 'open');

  page.dispatchEvent(new Event('online'));
  await rig.clock.advance(5001);
  assert.deepEqual([rig.client.state, rig.sockets[0]!.closeCode], ['reconnecting', 4305]);

  rig.clock.chance = 0.999;
  await rig.clock.advance(1000);
  rig.socket.drop();
  page.document.hidden = true;
  page.document.dispatchEvent(new Event('visibilitychange'));
  await rig.clock.advance(0);
  assert.equal(rig.sockets.length, 2);
  page.document.hidden = false;
  page.document.dispatchEvent(new Event('visibilitychange'));
  await rig.clock.advance(0);
  assert.equal(rig.sockets.length, 3);

  rig.client.disconnect();
  page.dispatchEvent(new Event('online'));
  await rig.clock.advance(60_000);
  assert.equal(rig.sockets.length, 3);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
});

test('after two failed upgrades calls take HTTP, and the socket is tried on', async () => {
  const rig = new Rig();
  rig.respond = () => json([]);
  const waiting = rig.client.listMessages({ path });
  await rig.clock.advance(0);
  rig.socket.drop();
  await settled();
  assert.equal(rig.requests.length, 0);
  await rig.clock.advance(500);
  rig.socket.drop();
  assert.equal((await waiting).transport, 'http');
  assert.equal((await rig.client.listMessages({ path })).transport, 'http');
  await rig.clock.advance(60_000);
  assert.ok(rig.sockets.length > 2);
  assert.equal(rig.client.state, 'connecting');
  await rig.greet();
  const call = rig.client.listMessages({ path });
  rig.socket.push({ t: 'res', id: 1, status: 200, body: [] });
  assert.equal((await call).transport, 'socket');
});

test('without a welcome in five seconds calls take HTTP', async () => {
  const rig = new Rig();
  rig.respond = () => json([]);
  const waiting = rig.client.listMessages({ path });
  await rig.clock.advance(0);
  rig.socket.open();
  await rig.clock.advance(4999);
  assert.equal(rig.requests.length, 0);
  await rig.clock.advance(1);
  assert.equal((await waiting).transport, 'http');
  assert.equal(rig.sockets[0]!.closeCode, 4305);
});

test('a server of another protocol is refused', async () => {
  for (const protocol of ['', 'graphql-ws', 'rtgen.v2.json']) {
    const rig = new Rig();
    await rig.clock.advance(0);
    rig.socket.open(protocol);
    assert.deepEqual([rig.client.state, rig.codes(), rig.socket.sent.length], ['failed', ['refused'], 0]);
  }
});

test('draining: the new connection is made before the old one ends', async () => {
  const rig = new Rig();
  await rig.open();
  const old: FakeSocket = rig.socket;
  const seen = states(rig);
  const slow = rig.client.createMessage({ path, body: { text: 'slow' } });
  rig.clock.chance = 0.5;
  old.push({ t: 'drain', after: 2000, deadline: 20_000 });
  assert.equal(rig.client.state, 'draining');
  const meanwhile = rig.client.createMessage({ path, body: { text: 'meanwhile' } });
  await rig.clock.advance(999);
  assert.equal(rig.sockets.length, 1);
  await rig.clock.advance(1);
  assert.equal(rig.sockets.length, 2);
  await rig.greet();
  assert.deepEqual(seen, ['draining', 'open']);
  assert.equal(old.closeCode, undefined);
  const fresh = rig.client.createMessage({ path, body: { text: 'fresh' } });
  assert.deepEqual([old.calls().length, rig.socket.calls().length], [2, 1]);
  const body = { id: '1', author: 'a', text: '', at: '' };
  old.push({ t: 'res', id: 1, status: 201, body });
  assert.equal(old.closeCode, undefined);
  old.push({ t: 'res', id: 2, status: 201, body });
  assert.equal(old.closeCode, 1000);
  rig.socket.push({ t: 'res', id: 1, status: 201, body });
  assert.deepEqual((await Promise.all([slow, meanwhile, fresh])).map((r) => r.status), [201, 201, 201]);
  old.drop(1000);
  await rig.clock.advance(60_000);
  assert.deepEqual([rig.client.state, rig.sockets.length, rig.errors], ['open', 2, []]);
});

test('draining: at the deadline what is left is lost', async () => {
  const rig = new Rig();
  await rig.open();
  const old = rig.socket;
  const stuck = outcome(rig.client.createMessage({ path, body: { text: 'stuck' } }));
  old.push({ t: 'drain', after: 0, deadline: 3000 });
  await rig.clock.advance(0);
  await rig.greet();
  await rig.clock.advance(3000);
  assert.deepEqual([(await stuck).code, (await stuck).outcomeUnknown, old.closeCode, rig.client.state], ['lost', true, 4201, 'open']);
});

test('draining: without a deadline running calls have all the time', async () => {
  const rig = new Rig();
  await rig.open();
  const old = rig.socket;
  const slow = rig.client.createMessage({ path, body: { text: 'slow' } });
  old.push({ t: 'drain', after: 0, deadline: 0 });
  await rig.clock.advance(0);
  await rig.greet();
  await rig.clock.advance(1000);
  assert.equal(old.closeCode, undefined);
  old.push({ t: 'res', id: 1, status: 201, body: { id: '1', author: 'a', text: '', at: '' } });
  assert.equal((await slow).status, 201);
  assert.equal(old.closeCode, 1000);
});

test('draining: what failed in the last move does not delay the next one', async () => {
  const rig = new Rig();
  await rig.open();
  rig.clock.chance = 0.9999;
  for (let move = 0; move < 3; move++) {
    rig.socket.push({ t: 'drain', after: 0, deadline: 60_000 });
    // The load balancer knows less than the client: the first try ends where it began.
    for (const wait of [0, 1000, 2000]) {
      await rig.clock.advance(wait);
      if (wait < 2000) rig.socket.drop();
    }
    await rig.greet();
    assert.deepEqual([rig.client.state, rig.sockets.length], ['open', 3 * move + 4]);
  }
  assert.deepEqual(rig.errors, []);
});

test('draining: calls that come too late run elsewhere', async () => {
  const rig = new Rig({ transport: 'socket' });
  await rig.open();
  const old = rig.socket;
  const texts = (socket: FakeSocket) => socket.calls().map(({ body }) => (body as { text: string }).text);
  const say = (text: string, options: { signal?: AbortSignal } = {}) => rig.client.createMessage({ path, body: { text } }, options);
  const refused = { t: 'res', status: 503, again: true, body: { type: 'urn:rtgen:problem:draining', title: '', status: 503 } };
  const given = new AbortController();
  const calls = [say('slow'), say('refused'), say('unanswered')];
  const up = outcome(say('given up', { signal: given.signal }));
  old.push({ t: 'drain', after: 0, deadline: 20_000 });
  old.push({ ...refused, id: 2 }, { ...refused, id: 4 });
  given.abort();
  assert.equal((await up).outcomeUnknown, false);
  assert.deepEqual([rig.client.state, texts(old).length], ['draining', 4]);
  // What is refused goes to the new connection; what runs ends on the old one.
  await rig.clock.advance(0);
  await rig.greet();
  const next = rig.socket;
  assert.deepEqual(texts(next), ['refused']);
  const body = { id: '1', author: 'a', text: '', at: '' };
  old.push({ t: 'res', id: 1, status: 201, body });
  assert.equal(old.closeCode, undefined);
  // The server answers what has run before it says bye with 4200.
  old.push({ t: 'bye', code: 4200 });
  old.drop(4200);
  assert.deepEqual(texts(next), ['refused', 'unanswered']);
  next.push({ t: 'res', id: 1, status: 201, body }, { t: 'res', id: 2, status: 201, body });
  assert.deepEqual((await Promise.all(calls)).map((r) => r.status), [201, 201, 201]);
  assert.deepEqual([rig.client.state, rig.sockets.length, rig.errors], ['open', 2, []]);
});

test('draining: what a server has not run waits for the next one', async () => {
  const rig = new Rig({ transport: 'socket', auth: () => ({ scheme: 'Bearer', token: 't' }) });
  await rig.open();
  const old = rig.socket;
  old.push({ t: 'auth', due: 1000 });
  await settled();
  const waits = rig.client.createMessage({ path, body: { text: 'waits' } });
  const ended = states(rig);
  old.push({ t: 'bye', code: 4200 });
  old.drop(4200);
  await rig.clock.advance(0);
  await rig.greet();
  assert.deepEqual([rig.socket.sent.map(({ t }) => t), ended], [['hello', 'call'], ['reconnecting', 'open']]);
  rig.socket.push({ t: 'res', id: 1, status: 201, body: { id: '1', author: 'a', text: '', at: '' } });
  assert.equal((await waits).status, 201);
  // Nobody can know whether it has run when the server was cut off.
  const cut = outcome(rig.client.createMessage({ path, body: { text: 'cut' } }));
  rig.socket.push({ t: 'bye', code: 4201 });
  rig.socket.drop(4201);
  assert.deepEqual([(await cut).code, (await cut).outcomeUnknown], ['lost', true]);
});

test('draining: when the old connection ends first, it is a reconnect', async () => {
  const rig = new Rig();
  await rig.open();
  rig.clock.chance = 0.5;
  rig.socket.push({ t: 'drain', after: 10_000, deadline: 20_000 });
  rig.socket.push({ t: 'bye', code: 4200 });
  rig.socket.drop();
  assert.equal(rig.client.state, 'reconnecting');
  await rig.clock.advance(500);
  assert.equal(rig.sockets.length, 2);
  await rig.greet();
  await rig.clock.advance(60_000);
  assert.deepEqual([rig.client.state, rig.sockets.length], ['open', 2]);
});

test('a server of another document is told of', async () => {
  const rig = new Rig();
  const stale: string[] = [];
  rig.client.on('stale', (spec) => stale.push(spec));
  await rig.open({ spec: 'other', stale: true });
  assert.deepEqual(stale, ['other']);
  assert.equal(rig.client.state, 'open');
});

test('faults of the server are reported, and disturb nothing', async () => {
  const rig = new Rig();
  await rig.open();
  const call = rig.client.leaveRoom({ path });
  for (const bad of ['{', '', 'null', '[]', '{}', '{"t":1}', '{"t":"nonsense"}', '{"t":"welcome"}', '{"t":"ch"}', '{"t":"ev","ch":9}', '{"__proto__":{"t":"res"}}']) rig.socket.raw(bad);
  rig.socket.push({ t: 'x.future', ch: 1 }, { t: 'problem', detail: 'bad frame' }, { t: 'res', id: 99, status: 200 }, { t: 'res', id: 1, status: 204 });
  assert.equal((await call).status, 204);
  assert.ok(rig.errors.length >= 9);
  assert.ok(rig.codes().every((code) => code === 'protocol'), JSON.stringify(rig.errors));
  assert.match(rig.errors.at(-1)!.message, /bad frame/);
  rig.socket.raw(new ArrayBuffer(1));
  assert.equal(rig.client.state, 'failed');
});

test('a listener that throws is reported, and the others are called', async () => {
  const rig = new Rig();
  let called = 0;
  rig.client.on('state', () => { throw new Error('mine'); });
  rig.client.on('state', async () => Promise.reject(new Error('async')));
  const off = rig.client.on('state', () => called++);
  await rig.open();
  assert.equal(called, 2);
  off();
  rig.client.disconnect();
  await settled();
  assert.equal(called, 2);
  assert.deepEqual(new Set(rig.errors.map(({ message }) => message)), new Set(['mine', 'async']));

  const deaf = new Rig({ onError: () => { throw new Error('worse'); } });
  deaf.client.on('connect', () => { throw new Error('mine'); });
  await deaf.open();
  assert.equal(deaf.client.state, 'open');
});

test('disconnecting within a listener is fine', async () => {
  const rig = new Rig();
  rig.client.on('connect', () => rig.client.disconnect());
  await rig.open();
  assert.deepEqual([rig.client.state, rig.socket.closeCode], ['closed', 1000]);
});
