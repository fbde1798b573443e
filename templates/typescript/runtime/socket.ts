import { answer } from './answer.js';
import { backoff, classify, type CloseClass } from './backoff.js';
import type { HttpClientOptions } from './client.js';
import { systemClock } from './clock.js';
import { maxHeld, type AnyChannel } from './channel.js';
import { emitter } from './emitter.js';
import { RtgenError } from './error.js';
import { eventStream } from './eventstream.js';
import { subprotocol, type ChFrame, type ClientFrame, type EndFrame, type EvFrame, type ItemFrame, type ServerFrame } from './frame.js';
import { headerObject } from './headers.js';
import { createLink, type Link, type LinkOwner, type Waiting, type WebSocketConstructor } from './link.js';
import type { Connection } from './realtime.js';
import type { Api, TransportChoice } from './operation.js';
import type { AnyResult } from './result.js';
import { createSubscriptions, type Again, type Calls } from './subscriptions.js';
import type { Call, Credentials, Transport } from './transport.js';
import { onWake } from './wake.js';

/**
 * Where the connection stands. `connecting` is the time before the first greeting, `reconnecting` the time after a
 * loss, `draining` the change to another server while the old one still answers. `closed` is what `disconnect`
 * leaves behind, `failed` what the server or missing credentials do; `connect` starts again from both.
 */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'draining' | 'closed' | 'failed';

/** What the socket transport needs to know. */
export interface SocketConfig extends HttpClientOptions {
  readonly api: Api;
  readonly url: string;
  readonly transport?: TransportChoice | undefined;
  readonly autoConnect?: boolean | undefined;
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** Takes `auto` calls while the socket is of no use. */
  readonly http: Transport;
  readonly calls: Calls;
  readonly report: (error: unknown) => void;
}

/** The socket transport, with the hands on its connection. */
export interface SocketTransport extends Transport {
  /** What every client has beside its calls. */
  readonly connection: Connection<{ [name: string]: AnyChannel }>;
}

/** Calls operations over one WebSocket, and keeps that socket: opening, reconnecting, changing servers. */
export function socketTransport({
  api,
  url,
  auth,
  http,
  calls,
  report,
  transport,
  fetch = globalThis.fetch,
  clock = systemClock,
  autoConnect = transport !== 'http',
  WebSocket = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket,
}: SocketConfig): SocketTransport {
  // Milliseconds for opening and greeting, before calls take HTTP.
  const greetingWait = 5000;
  // A connection that lasted this many milliseconds was a good one: trouble after it is new trouble.
  const stable = 5000;

  const events = emitter(report);
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
  const queue = new Map<Call, Waiting['settle']>();
  let fallback: unknown = false;

  // --- calls

  const call = async (wanted: Call): Promise<AnyResult> => {
    if (autoConnect) begin();
    if (wanted.choice === 'http') return http.call(wanted);
    if (over() && !takesHttp(wanted)) throw closedError();
    const outcome = await new Promise<AnyResult | Error>((settle) => place(wanted, settle));
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };

  /** Makes a call now or with the next connection. One made again takes the connection there is, unless that has refused it. */
  const place: Again = (wanted, settle, not) => {
    if (
      wanted.running || not
        ? link && link !== not
        : bySocket() || (takesHttp(wanted) && (state !== 'connecting' || fallback))
    ) {
      send(wanted, settle);
    } else if (wanted.running) {
      settle(closedError()); // the next connection sees to it
    } else {
      queue.set(wanted, settle);
      wanted.signal.addEventListener('abort', () => {
        // A call that was given up before it left has had no effect.
        if (queue.delete(wanted)) settle(Object.assign(wanted.signal.reason, { outcomeUnknown: false }));
      });
    }
  };

  const subscriptions = createSubscriptions(api, clock, report, place, calls);

  const bySocket = () => !link?.early && link;

  const takesHttp = ({ choice, row }: Call): unknown => choice === 'auto' && (!row.stream || link?.early);

  /** Sends a call by socket, or gives it to HTTP when there is none or when it is too large. */
  const send = async (wanted: Call, settle: Waiting['settle']): Promise<void> => {
    const { op, request: { path, query, body }, headers, signal, timeout, running } = wanted;
    const on = bySocket();
    try {
      if (on) {
        const id = ++on.ids;
        const fields = headerObject(headers);
        const frame = { t: 'call' as const, id, op, path, query, headers: Object.keys(fields)[0] && fields, body, timeout };
        const text = JSON.stringify(frame);
        const most = on.welcome!.limits?.message!;
        // A UTF-16 unit takes three bytes at most; nothing exceeds undefined.
        if (running || !takesHttp(wanted) || !(text.length * 3 > most && new Blob([text]).size > most)) {
          on.pending.set(id, { call: wanted, settle });
          on.send(frame as ClientFrame, text);
          return signal.addEventListener('abort', () => {
            if (!on.pending.delete(id)) return;
            on.send({ t: 'cancel', id });
            settle(signal.reason);
          });
        }
      }
      settle(await byHttp(wanted));
    } catch (cause) {
      settle(cause as Error);
    }
  };

  /** Calls by HTTP, for the event stream where there is one: what the call joins is on it. */
  const byHttp = async (wanted: Call): Promise<AnyResult> => {
    const on = link?.early && link;
    const headers = new Headers(wanted.headers); // neither the session nor credentials stay with the call
    if (on) headers.set('realtime-session', on.welcome!.session!);
    const result = await http.call({ ...wanted, headers });
    const { 'realtime-position': position, 'realtime-subscriptions': joined } = result.headers;
    if (!position && !joined) return result;
    // A stream that has ended since has nothing for the channels any more.
    const there = on && on === link;
    try {
      if (there && joined) {
        subscriptions.join(wanted, JSON.parse(joined), on.channels);
        for (const early of on.early!.splice(0)) frame(on, early);
      } else {
        subscriptions.join(wanted, JSON.parse(position!));
        // When the server does not know the stream, it is opened again with what the call has joined.
        if (there) on.close(4200);
        else if (link) subscriptions.restart(link.channels);
      }
    } catch (error) {
      report(error);
    }
    return { ...result, channels: subscriptions.of(wanted) };
  };

  /** Sends what has waited, or gives it to HTTP where that is allowed. */
  const flush = () => {
    for (const [wanted, settle] of queue) {
      if (!bySocket() && !takesHttp(wanted)) continue;
      queue.delete(wanted);
      void send(wanted, settle);
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

  const over = () => state === 'closed' || state === 'failed';

  const closedError = () => new RtgenError('closed', `socket ${state}`);

  const begin = () => {
    if (state !== 'idle') return;
    attempts = refusals = 0;
    fallback = false;
    onWake(wake, (waking = new AbortController()).signal);
    become('connecting');
    void dial();
  };

  const dial = async (byStream?: unknown) => {
    const mine = ++dials;
    let got: Credentials | undefined;
    try {
      got = await auth?.();
    } catch (error) {
      report(error);
      if (mine === dials) retryIn(pause());
      return;
    }
    if (mine !== dials) return;
    credentials = got && only(got);
    try {
      if (WebSocket && !byStream) {
        // A relative URL is the page's, for a socket too.
        const page = (globalThis as { location?: { href: string } }).location?.href;
        const target = new URL(url + (api.endpoint ?? '/realtime'), page).href.replace(/^http/, 'ws');
        dialing = createLink(new WebSocket(target, [subprotocol]), owner);
      } else dialing = createLink(eventStream(url + (api.stream ?? '/realtime/stream'), fetch), owner, []);
      links.add(dialing);
      dialing.expire(greetingWait, 4305);
    } catch (cause) {
      stop(new RtgenError('refused', `${cause}`, { cause }));
    }
  };

  /** Milliseconds before the next try. Whoever is sent away again and again waits like everybody else. */
  const pause = (kind?: CloseClass): number => {
    const wait = backoff(attempts++, clock);
    if (attempts > 3) return wait;
    return kind === 'credentials' ? 0 : kind === 'now' ? clock.random() * 1000 : wait;
  };

  const retryIn = (ms: number, byStream?: unknown) => {
    cancelRetry?.();
    cancelRetry = clock.after(ms, () => {
      cancelRetry = undefined;
      void dial(byStream);
    });
  };

  /** The page is shown again, or its network is back: what seems open may be dead, and waiting is over. */
  const wake = () => {
    if (bySocket()) link!.probe();
    if (cancelRetry) retryIn(0);
  };

  /** Stays away from now on: the application says so, or the error does. */
  const stop = (error?: RtgenError) => {
    if (error) report(error);
    dials++;
    cancelRetry?.();
    cancelRetry = undefined;
    waking.abort();
    link = dialing = undefined;
    for (const one of links) one.close(1000);
    become(error ? 'failed' : 'closed');
    flush();
    for (const settle of queue.values()) settle(error ?? closedError());
    queue.clear();
    subscriptions.suspend(error ? 'gone' : 'idle');
  };

  // --- frames, by what they are

  const item = (on: Link, got: ItemFrame | EndFrame) => on.pending.get(got.id)?.item?.(got);

  const frames: Frames = {
    welcome(on, welcome) {
      if (on !== dialing) throw new RtgenError('protocol', 'welcome');
      const old = link;
      on.greeted(welcome);
      link = on;
      dialing = undefined;
      fallback = on.early;
      old?.done(true); // it ends with its last answer
      become('open');
      if (welcome.stale) events.emit('stale', welcome.spec);
      if (link !== on) return; // a listener has disconnected
      subscriptions.restart(on.channels);
      flush();
      if (on.early && WebSocket) retryIn(pause());
    },

    res(on, got) {
      const { id, subs } = got;
      const waiting = on.pending.get(id);
      if (!waiting) return; // given up
      on.pending.delete(id);
      const { call, settle } = waiting;
      if (got.again) place(call, settle, on);
      else try {
        const result = (api.streams?.frame ?? answer)(got, on, waiting);
        if (subs) subscriptions.join(call, subs, on.channels);
        settle({ ...result, channels: subscriptions.of(call) });
      } catch (cause) {
        settle(new RtgenError('protocol', `${call.op}: ${cause}`, { cause, outcomeUnknown: true }));
      }
      // What an old connection joins, it cannot keep.
      if (subs && link && link !== on) subscriptions.restart(link.channels);
      on.done();
    },

    item,
    end: item,

    ev(on, got) {
      const handle = on.channels.get(got.ch);
      if (!handle) return subscriptions.direct(got);
      if (handle.event(got)) return;
      subscriptions.reset(handle, 'hole', on.channels);
      throw new RtgenError('protocol', `${handle.address}: hole`);
    },

    // To listeners it is an event.
    gap: (on, { t, ch, ...data }) =>
      frames.ev(on, { ch, type: '$gap', prev: data.from - 1, seq: data.to, data } as EvFrame),

    ch: (on, got) => on === link && subscriptions.state(got, on.channels),

    // A stream ends, and the next one has new credentials.
    auth: (on) => on.early || renew(on).catch(report),

    drain(on, { after, deadline }) {
      if (on === link && state === 'open') {
        become('draining');
        attempts = 0; // those of the last move are over
        retryIn(clock.random() * after, on.early);
        if (deadline) on.expire(deadline, 4201);
      }
    },
  };

  const frame = (on: Link, got: ServerFrame): void => {
    const { t, ch, state, detail = t } = got as Partial<ChFrame> & { t: string; detail?: string };
    if (on.early && ch && !on.channels.has(ch) && (t !== 'ch' || state === 'gone')) {
      // The answer that names the channel is still on its way. What would be too much is resumed.
      if (on.early.push(got as ChFrame) > maxHeld) on.close(4300);
    } else if (Object.hasOwn(frames, t)) frames[t as 'res'](on, got as never);
    else if (!t.startsWith('x.')) throw new RtgenError('protocol', `server: ${detail}`, { cause: got });
  };

  const renew = async (on: Link) => {
    const fresh = await auth?.();
    if (!fresh) return;
    const id = ++on.ids;
    on.pending.set(id, {
      call: { op: 'auth' } as Call,
      settle(cause) {
        if (!(cause as AnyResult).ok) report(new RtgenError('credentials', 'refused', { cause }));
      },
    });
    on.send({ t: 'auth', id, ...only(fresh) });
  };

  const owner: LinkOwner = {
    clock,
    report,
    frame,
    place,
    hello: (on) => ({
      t: 'hello',
      spec: api.spec,
      client: 'rtgen-ts',
      auth: credentials,
      resume: subscriptions.resume(on.channels),
    }),

    closed(on, code, reason, retry) {
      links.delete(on);
      if (on === dialing) dialing = undefined;
      else if (on !== link) return;
      else {
        link = undefined;
        if (clock.now() - on.since >= stable) attempts = refusals = 0;
      }
      const kind = classify(code);
      if (kind === 'refused' || (kind === 'credentials' && refusals++)) {
        return stop(new RtgenError(kind, `${reason} (${code})`, { closeCode: code }));
      }
      if (!link) {
        // There is no connection now: channels wait, and so do calls until it looks as if none will come.
        subscriptions.suspend('resuming', kind === 'forget');
        if (on.welcome) become('reconnecting');
        else if (on.early) fallback = true;
        if (fallback) flush();
      }
      if (dialing || over()) return;
      // Where the socket does not come, the stream may, and calls wait for it: what they join is on it then. One that
      // was there is the way that works.
      if (!link && !on.welcome && !on.early && (attempts || code === 4305)) void dial(true);
      else retryIn(retry ?? pause(kind), on.early && on.welcome);
    },
  };

  if (autoConnect) clock.after(0, begin);
  return {
    call,
    connection: {
      get state() {
        return state;
      },
      get transport() {
        return (link && (link.early ? 'stream' : 'socket')) as 'stream' | 'socket' | undefined;
      },
      connect() {
        if (over()) state = 'idle';
        begin();
        const opened = new Promise<void>((resolve, reject) => {
          const check = (): unknown =>
            link ? resolve() : over() ? reject(closedError()) : events.on('state', check, true);
          check();
        });
        opened.catch(() => {}); // whoever does not wait for it need not catch it
        return opened;
      },
      disconnect: () => stop(),
      on: events.on,
      off: events.off,
      channel: subscriptions.channel as never,
    },
  };
}

/** What becomes of a frame, by its `t`. */
type Frames = {
  readonly [T in Exclude<ServerFrame['t'], 'ping' | 'bye' | 'problem'>]: (on: Link, got: Extract<ServerFrame, { t: T }>) => unknown;
};

/** Credentials without what else their object may hold. */
const only = ({ scheme, token }: Credentials): Credentials => ({ scheme, token });
