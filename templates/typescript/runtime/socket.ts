import { answer } from './answer.js';
import { backoff, classify, type CloseClass } from './backoff.js';
import type { Clock } from './clock.js';
import type { Emitter } from './emitter.js';
import { RtgenError } from './error.js';
import { subprotocol, type EvFrame, type GapFrame, type ResFrame, type ServerFrame, type WelcomeFrame } from './frame.js';
import { headerObject } from './headers.js';
import { createLink, type Link, type LinkOwner, type Waiting, type WebSocketConstructor } from './link.js';
import type { AnyRequest, Api } from './operation.js';
import type { AnyResult } from './result.js';
import { byName, Subscriptions, type Subscription } from './subscriptions.js';
import type { Call, Credentials, Transport } from './transport.js';
import { onWake } from './wake.js';

/**
 * Where the connection stands. `connecting` is the time before the first greeting, `reconnecting` the time after a
 * loss, `draining` the change to another server while the old one still answers. `closed` is what `disconnect`
 * leaves behind, `failed` what the server or missing credentials do; `connect` starts again from both.
 */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'draining' | 'closed' | 'failed';

/** What the socket transport needs to know. */
export interface SocketConfig {
  readonly api: Api;
  readonly url: string;
  readonly autoConnect: boolean;
  readonly auth: (() => Credentials | undefined | Promise<Credentials | undefined>) | undefined;
  readonly WebSocket: WebSocketConstructor | undefined;
  readonly clock: Clock;
  /** Takes `auto` calls while the socket is of no use. */
  readonly http: Transport;
  /** Calls an operation by its name. */
  readonly call: (name: string, request: AnyRequest) => Promise<unknown>;
  readonly events: Emitter;
  readonly report: (error: unknown) => void;
}

/** The socket transport, with the hands on its connection. */
export interface SocketTransport extends Transport {
  readonly subscriptions: Subscriptions;
  state(): ConnectionState;
  /** Connects, unless that is done or being done; resolves when the server has greeted. */
  connect(): Promise<void>;
  /** Closes the socket and stays closed. What is in flight is rejected; channels can be taken up by `connect`. */
  disconnect(): void;
}

/** A call with who waits for it. */
interface Queued {
  readonly call: Call;
  readonly settle: Waiting['settle'];
}

/** Milliseconds for opening and greeting, before calls take HTTP. */
const greetingWait = 5000;

/** A connection that lasted this many milliseconds was a good one: trouble after it is new trouble. */
const stable = 5000;

/** Calls operations over one WebSocket, and keeps that socket: opening, reconnecting, changing servers. */
export function socketTransport(config: SocketConfig): SocketTransport {
  const { api, url, autoConnect, auth, WebSocket, clock, http, events, report } = config;
  let state: ConnectionState = 'idle';

  // The connection in use, the one being made to take its place, and all, with those that end with their last answer.
  let link: Link | undefined;
  let dialing: Link | undefined;
  const links = new Set<Link>();

  // When and how to connect again: what was begun is void when `dials` has moved on.
  let dials = 0;
  let attempts = 0;
  let refusals = 0;
  let credentials: Credentials | undefined;
  let cancelRetry: (() => void) | undefined;
  let waking = new AbortController();

  // Calls made before the connection is there; `fallback` says that it does not seem to come.
  const queue = new Set<Queued>();
  let fallback = false;

  // --- calls

  const call = async (wanted: Call): Promise<AnyResult> => {
    if (autoConnect) begin();
    if (wanted.choice === 'http') return http.call(wanted);
    if (!link) {
      if (takesHttp(wanted) && (state !== 'connecting' || fallback)) return byHttp(wanted);
      if (state === 'closed' || state === 'failed') throw closedError();
    }
    return new Promise((resolve, reject) => {
      const settle: Waiting['settle'] = (outcome) =>
        outcome instanceof Error ? reject(outcome) : resolve(outcome);
      if (link) return send(link, wanted, settle);
      const queued = { call: wanted, settle };
      queue.add(queued);
      wanted.signal.addEventListener('abort', () => {
        // A call that was given up before it left has had no effect.
        if (queue.delete(queued)) settle(Object.assign(wanted.signal.reason, { outcomeUnknown: false }));
      });
    });
  };

  /** Makes the call of a subscription again, on the connection there is. */
  const again = (subscription: Subscription, settle: Waiting['settle']) =>
    link ? send(link, subscription.call, settle, subscription) : settle(closedError());

  const subscriptions = new Subscriptions(api, { clock, report, again, call: config.call });

  const send = (on: Link, wanted: Call, settle: Waiting['settle'], subscription?: Subscription): void => {
    const { op, request, headers, signal, timeout } = wanted;
    const { path, query, body } = request;
    const id = ++on.ids;
    const fields = headerObject(headers);
    let text: string;
    try {
      text = JSON.stringify({ t: 'call', id, op, path, query, headers: Object.keys(fields)[0] && fields, body, timeout });
    } catch (cause) {
      return settle(cause as Error);
    }
    if (!subscription && takesHttp(wanted) && exceeds(text, on.welcome?.limits?.message)) {
      return void byHttp(wanted).then(settle, settle);
    }
    on.pending.set(id, { op, settle, subscription: subscription ?? { call: wanted, channels: new Set() } });
    on.send(text);
    if (subscription) return; // the signal was for the first time only
    signal.addEventListener('abort', () => {
      if (!on.pending.delete(id)) return;
      on.send({ t: 'cancel', id });
      settle(signal.reason);
    });
  };

  const byHttp = async (wanted: Call): Promise<AnyResult> => {
    const result = await http.call(wanted);
    const position = result.headers['realtime-position'];
    if (!position) return result;
    const subscription: Subscription = { call: wanted, channels: new Set() };
    try {
      subscriptions.join(subscription, JSON.parse(position));
    } catch (error) {
      report(error);
    }
    if (link) subscriptions.restart(link.channels);
    return { ...result, channels: byName(subscription) };
  };

  /** Sends what has waited, or gives it to HTTP where that is allowed. */
  const flush = () => {
    for (const queued of [...queue]) {
      const { call: wanted, settle } = queued;
      if (!link && !takesHttp(wanted)) continue;
      queue.delete(queued);
      if (link) send(link, wanted, settle);
      else byHttp(wanted).then(settle, settle);
    }
  };

  // --- the connection

  const become = (next: ConnectionState) => {
    const before = state;
    if (before === next) return;
    state = next;
    events.emit('state', next);
    if (next === 'open') events.emit('connect');
    else if (before === 'open') events.emit('disconnect');
  };

  const closedError = () => new RtgenError('closed', `the socket is ${state}`);

  const begin = () => {
    if (state !== 'idle') return;
    attempts = refusals = 0;
    fallback = false;
    onWake(wake, (waking = new AbortController()).signal);
    become('connecting');
    void dial();
  };

  const dial = async () => {
    const mine = ++dials;
    if (!WebSocket) return fail(new RtgenError('unsupported', 'no WebSocket here'));
    let got: Credentials | undefined;
    try {
      got = await auth?.();
    } catch (error) {
      report(error);
      if (mine === dials) retryIn(pause('retry'));
      return;
    }
    if (mine !== dials) return;
    credentials = got && only(got);
    try {
      dialing = createLink(new WebSocket(socketURL(url), [subprotocol]), owner);
      links.add(dialing);
      dialing.expire(greetingWait, 4305, 'no greeting');
    } catch (cause) {
      fail(new RtgenError('refused', `${cause}`, { cause }));
    }
  };

  const greet = (on: Link, welcome: WelcomeFrame) => {
    if (on !== dialing) throw new RtgenError('protocol', 'a second welcome');
    const old = link;
    on.greeted(welcome);
    link = on;
    dialing = undefined;
    fallback = false;
    if (old) {
      // It ends with its last answer.
      old.retired = true;
      if (!old.pending.size) old.close(1000);
    }
    become('open');
    if (api.spec && welcome.spec && api.spec !== welcome.spec) events.emit('stale', welcome.spec);
    if (link !== on) return; // a listener has disconnected
    subscriptions.restart(on.channels);
    flush();
  };

  const closed: LinkOwner['closed'] = (on, code, reason, retry) => {
    links.delete(on);
    if (on === dialing) dialing = undefined;
    else if (on !== link) return;
    else {
      link = undefined;
      if (clock.now() - on.since >= stable) attempts = refusals = 0;
    }
    const kind = classify(code);
    const refused = kind === 'stop' ? 'refused' : kind === 'credentials' && refusals++ && kind;
    if (refused) {
      return fail(new RtgenError(refused, `${reason || 'closed'} (${code})`, { closeCode: code }));
    }
    if (!link) lost(on, code, kind);
    if (!dialing && state !== 'closed') retryIn(retry ?? pause(kind));
  };

  /** There is no connection now: channels wait, and so do calls until it looks as if none will come. */
  const lost = (on: Link, code: number, kind: CloseClass) => {
    subscriptions.suspend('resuming', kind === 'forget');
    if (on.welcome) become('reconnecting');
    else if (attempts || code === 4305) fallback = true;
    if (fallback) flush();
  };

  /** Milliseconds before the next try. Whoever is sent away again and again waits like everybody else. */
  const pause = (kind: CloseClass): number => {
    const wait = backoff(attempts++, clock);
    if (attempts > 3) return wait;
    return kind === 'credentials' ? 0 : kind === 'now' ? clock.random() * 1000 : wait;
  };

  const retryIn = (ms: number) => {
    cancelRetry?.();
    cancelRetry = clock.after(ms, () => {
      cancelRetry = undefined;
      void dial();
    });
  };

  /** The page is shown again, or its network is back: what seems open may be dead, and waiting is over. */
  const wake = () => {
    link?.probe();
    if (cancelRetry) retryIn(0);
  };

  const fail = (error: RtgenError) => {
    report(error);
    stop('failed', error);
    subscriptions.suspend('gone');
  };

  const stop = (next: 'closed' | 'failed', error?: RtgenError) => {
    dials++;
    cancelRetry?.();
    cancelRetry = undefined;
    waking.abort();
    link = dialing = undefined;
    for (const one of links) one.close(1000);
    become(next);
    flush();
    for (const { settle } of queue) settle(error ?? closedError());
    queue.clear();
  };

  // --- frames

  const frame = (on: Link, got: ServerFrame): void => {
    switch (got.t) {
      case 'welcome':
        return greet(on, got);
      case 'res':
        return respond(on, got);
      case 'item':
      case 'end':
        return on.pending.get(got.id)?.item?.(got);
      case 'ev':
      case 'gap': {
        const handle = on.channels.get(got.ch);
        if (!handle) return subscriptions.direct(got as EvFrame);
        if (handle.event(got.t === 'ev' ? got : gapEvent(got))) return;
        subscriptions.reset(handle, 'hole');
        throw new RtgenError('protocol', `${handle.address}: events missing`);
      }
      case 'ch':
        return void (on === link && subscriptions.state(got, on.channels));
      case 'auth':
        return void renew(on);
      case 'drain':
        return drain(on, got.after, got.deadline);
    }
    const { t, title = t, detail = title }: { t: string; detail?: string | undefined; title?: string | undefined } = got;
    if (!t.startsWith('x.')) throw new RtgenError('protocol', `server: ${detail}`, { cause: got });
  };

  const respond = (on: Link, got: ResFrame) => {
    const waiting = on.pending.get(got.id);
    if (!waiting) return; // given up
    on.pending.delete(got.id);
    const { op, subscription, settle } = waiting;
    try {
      const result = (api.streams?.frame ?? answer)(got, on, waiting);
      if (subscription && got.subs) subscriptions.join(subscription, got.subs, on.channels);
      settle(subscription ? { ...result, channels: byName(subscription) } : result);
    } catch (cause) {
      settle(new RtgenError('protocol', `${op}: ${cause}`, { cause, outcomeUnknown: true }));
    }
    if (!on.retired) return;
    // What an old connection joins, it cannot keep.
    if (got.subs && link) subscriptions.restart(link.channels);
    if (!on.pending.size) on.close(1000);
  };

  const renew = async (on: Link) => {
    try {
      const fresh = await auth?.();
      if (!fresh) return;
      const settle: Waiting['settle'] = (cause) => {
        if (!(cause as AnyResult).ok) report(new RtgenError('credentials', 'not renewed', { cause }));
      };
      const id = ++on.ids;
      on.pending.set(id, { op: 'auth', settle } as Waiting);
      on.send({ t: 'auth', id, ...only(fresh) });
    } catch (error) {
      report(error);
    }
  };

  const drain = (on: Link, after: number, deadline: number) => {
    if (on !== link || state === 'draining') return;
    become('draining');
    retryIn(clock.random() * after);
    on.expire(deadline, 4200, 'drained');
  };

  const owner: LinkOwner = {
    clock,
    report,
    frame,
    closed,
    hello: (on) => ({
      t: 'hello',
      spec: api.spec,
      client: 'rtgen-ts',
      auth: credentials,
      resume: subscriptions.resume(on.channels),
    }),
  };

  if (autoConnect) clock.after(0, begin);
  return {
    subscriptions,
    call,
    state: () => state,
    connect() {
      if (state === 'closed' || state === 'failed') state = 'idle';
      begin();
      const opened = new Promise<void>((resolve, reject) => {
        const off = events.on('state', check);
        function check() {
          if (link) resolve();
          else if (state === 'closed' || state === 'failed') reject(closedError());
          else return;
          off();
        }
        check();
      });
      opened.catch(() => {}); // whoever does not wait for it need not catch it
      return opened;
    },
    disconnect() {
      if (state === 'closed') return;
      stop('closed');
      subscriptions.suspend('idle');
    },
  };
}

/** A gap as the event that it is to listeners. */
const gapEvent = ({ from, to, why }: GapFrame) => ({
  type: '$gap',
  prev: from - 1,
  seq: to,
  data: { from, to, why },
});

/** Credentials without what else their object may hold. */
const only = ({ scheme, token }: Credentials): Credentials => ({ scheme, token });

const takesHttp = ({ choice, row }: Call): boolean => choice === 'auto' && !row.stream;

/** `https://chat.example/realtime` → `wss://chat.example/realtime`; a relative URL is the page's. */
const socketURL = (url: string): string =>
  new URL(url, (globalThis as { location?: { href: string } }).location?.href).href.replace(/^http/, 'ws');

/** Tells whether a text is longer than `limit` bytes; a UTF-16 unit takes three at most. Nothing exceeds undefined. */
const exceeds = (text: string, limit: number | undefined): boolean =>
  text.length * 3 > limit! && new Blob([text]).size > limit!;
