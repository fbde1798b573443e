import { answer } from './answer.js';
import { backoff, classify, type CloseClass } from './backoff.js';
import type { Clock } from './clock.js';
import type { Emitter } from './emitter.js';
import { RtgenError } from './error.js';
import { subprotocol, type ClientFrame, type ServerFrame, type WelcomeFrame } from './frame.js';
import { headerObject } from './headers.js';
import { Link, type LinkOwner, type WebSocketConstructor } from './link.js';
import type { Waiting } from './pending.js';
import type { AnyResult } from './result.js';
import type { Subscription, Subscriptions } from './subscriptions.js';
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
  readonly url: string;
  readonly spec: string | undefined;
  readonly autoConnect: boolean;
  readonly auth: (() => Credentials | undefined | Promise<Credentials | undefined>) | undefined;
  readonly WebSocket: WebSocketConstructor | undefined;
  readonly clock: Clock;
  /** Takes `auto` calls while the socket is of no use. */
  readonly http: Transport;
  readonly events: Emitter;
  readonly report: (error: unknown) => void;
}

/** Milliseconds for opening and greeting, before calls take HTTP. */
const greetingWait = 5000;

/** A connection that lasted this many milliseconds was a good one: trouble after it is new trouble. */
const stable = 5000;

/** Calls operations over one WebSocket, and keeps that socket: opening, reconnecting, changing servers. */
export class SocketTransport implements Transport, LinkOwner {
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  readonly #config: SocketConfig;
  readonly #subscriptions: Subscriptions;
  #state: ConnectionState = 'idle';

  // The connection in use, and the one being made to take its place.
  #link: Link | undefined;
  #dialing: Link | undefined;
  readonly #retired = new Set<Link>();

  // When and how to connect again.
  #dial = 0;
  #attempts = 0;
  #refusals = 0;
  #cancelRetry: (() => void) | undefined;
  #stopWake: (() => void) | undefined;

  // Calls made before the connection is there; `#fallback` says that it does not seem to come.
  readonly #queue = new Set<Waiting>();
  #fallback = false;
  readonly #waiters = new Set<{ resolve: () => void; reject: (error: unknown) => void }>();

  constructor(config: SocketConfig, subscriptions: (transport: SocketTransport) => Subscriptions) {
    this.#config = config;
    this.clock = config.clock;
    this.report = config.report;
    this.#subscriptions = subscriptions(this);
    if (config.autoConnect) this.clock.after(0, () => this.#begin());
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects, unless that is done or being done; resolves when the server has greeted. */
  connect(): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'failed') this.#state = 'idle';
    this.#begin();
    const opened = new Promise<void>((resolve, reject) => {
      if (this.#link) resolve();
      else if (this.#state === 'failed') reject(closedError('failed'));
      else this.#waiters.add({ resolve, reject });
    });
    opened.catch(() => {}); // whoever does not wait for it need not catch it
    return opened;
  }

  /** Closes the socket and stays closed. What is in flight is rejected; channels can be taken up by `connect`. */
  disconnect(): void {
    if (this.#state === 'closed') return;
    this.#stop('closed', closedError('closed'));
    this.#subscriptions.suspend('idle', false);
  }

  async call(call: Call): Promise<AnyResult> {
    if (call.choice === 'http') return this.#byHttp(call);
    if (this.#state === 'idle' && this.#config.autoConnect) this.#begin();
    if (!this.#link) {
      const comes = this.#state === 'connecting' && !this.#fallback;
      if (!comes && mayTakeHttp(call)) return this.#byHttp(call);
      if (this.#state === 'closed' || this.#state === 'failed') throw closedError(this.#state);
    }
    return new Promise((done, fail) => this.#submit({ call, done, fail }));
  }

  /** Makes the call of a subscription again, on the connection there is. */
  again(subscription: Subscription, done: (outcome: AnyResult | Error) => void): void {
    const fail = (error: unknown) => done(error as Error);
    if (this.#link) this.#send(this.#link, { call: subscription.call, done, fail, subscription });
    else done(closedError(this.#state));
  }

  // --- calls

  #submit(waiting: Waiting): void {
    const { signal } = waiting.call;
    if (this.#link) return this.#send(this.#link, waiting);
    this.#queue.add(waiting);
    signal.addEventListener('abort', () => {
      if (this.#queue.delete(waiting)) waiting.fail(unsent(signal.reason));
    });
  }

  #send(link: Link, waiting: Waiting): void {
    const { call, done, fail, subscription } = waiting;
    const { request, signal } = call;
    const id = link.pending.add(waiting);
    const frame: ClientFrame = {
      t: 'call',
      id,
      op: call.op,
      path: request.path,
      query: request.query,
      headers: frameHeaders(call.headers),
      body: request.body,
      timeout: call.timeout,
    };
    let text: string;
    try {
      text = JSON.stringify(frame);
    } catch (cause) {
      link.pending.take(id);
      return fail(new RtgenError('request', `${call.op}: the request is not JSON`, { cause }));
    }
    if (!subscription && mayTakeHttp(call) && exceeds(text, link.welcome?.limits?.message)) {
      link.pending.take(id);
      return void this.#byHttp(call).then(done, fail);
    }
    link.write(text);
    if (subscription) return;
    signal.addEventListener('abort', () => {
      if (!link.pending.take(id)) return;
      link.send({ t: 'cancel', id });
      fail(signal.reason);
    });
  }

  async #byHttp(call: Call): Promise<AnyResult> {
    const result = await this.#config.http.call(call);
    return { ...result, channels: this.#subscriptions.adopt(call, result, call.choice !== 'http') };
  }

  /** Sends what has waited, or gives it to HTTP where that is allowed. */
  #flush(): void {
    for (const waiting of [...this.#queue]) {
      if (this.#link) {
        this.#queue.delete(waiting);
        this.#send(this.#link, waiting);
      } else if (mayTakeHttp(waiting.call)) {
        this.#queue.delete(waiting);
        this.#byHttp(waiting.call).then(waiting.done, waiting.fail);
      }
    }
  }

  // --- the connection

  #begin(): void {
    if (this.#state !== 'idle') return;
    this.#attempts = this.#refusals = 0;
    this.#fallback = false;
    this.#stopWake ??= onWake(() => this.#wake());
    this.#become('connecting');
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const { url, spec, auth, WebSocket } = this.#config;
    const dial = ++this.#dial;
    if (!WebSocket) return this.#fail(new RtgenError('unsupported', 'there is no WebSocket here: pass one with the option WebSocket'));
    let credentials: Credentials | undefined;
    try {
      credentials = await auth?.();
    } catch (error) {
      this.report(error);
      if (dial === this.#dial) this.#retry(this.#pause('retry'));
      return;
    }
    if (dial !== this.#dial) return;
    const hello = (link: Link): ClientFrame => ({
      t: 'hello',
      spec,
      client: 'rtgen-ts',
      auth: credentials && { scheme: credentials.scheme, token: credentials.token },
      resume: this.#subscriptions.resume(link.channels),
    });
    try {
      this.#dialing = new Link(new WebSocket(url, [subprotocol]), hello, this);
      this.#dialing.expire(greetingWait, 4305, 'no greeting');
    } catch (cause) {
      this.#fail(new RtgenError('refused', String(cause), { cause }));
    }
  }

  #greet(link: Link, welcome: WelcomeFrame): void {
    if (link !== this.#dialing) throw new RtgenError('protocol', 'a second welcome');
    const old = this.#link;
    link.greeted(welcome);
    this.#link = link;
    this.#dialing = undefined;
    this.#fallback = false;
    if (old) this.#retire(old);
    this.#become('open');
    for (const { resolve } of this.#waiters) resolve();
    this.#waiters.clear();
    const { spec, events } = this.#config;
    if (spec && welcome.spec && spec !== welcome.spec) events.emit('stale', welcome.spec);
    if (this.#link !== link) return; // a listener has disconnected
    this.#subscriptions.restart(link.channels);
    this.#flush();
  }

  /** Lets a connection end with its last answer. */
  #retire(link: Link): void {
    link.retired = true;
    this.#retired.add(link);
    if (!link.pending.size) link.close(1000);
  }

  closed(link: Link, code: number, reason: string, retry?: number): void {
    if (this.#retired.delete(link)) return;
    if (link === this.#link) {
      this.#link = undefined;
      if (this.clock.now() - link.since >= stable) this.#attempts = this.#refusals = 0;
    } else if (link === this.#dialing) this.#dialing = undefined;
    else return;
    const kind = classify(code);
    const text = `${reason || 'the connection was closed'} (${code})`;
    if (kind === 'stop') return this.#fail(new RtgenError('refused', text, { closeCode: code }));
    if (kind === 'credentials' && ++this.#refusals > 1) return this.#fail(new RtgenError('credentials', text, { closeCode: code }));
    if (!this.#link) this.#lost(link, code, kind === 'forget');
    if (this.#dialing || this.#state === 'closed') return;
    this.#retry(retry ?? this.#pause(kind));
  }

  /** Milliseconds before the next try. Whoever is sent away again and again waits like everybody else. */
  #pause(kind: CloseClass): number {
    const wait = backoff(this.#attempts++, this.clock);
    if (this.#attempts > 3) return wait;
    return kind === 'credentials' ? 0 : kind === 'now' ? this.clock.random() * 1000 : wait;
  }

  /** There is no connection now: channels wait, and so do calls until it looks as if none will come. */
  #lost(link: Link, code: number, forget: boolean): void {
    this.#subscriptions.suspend('resuming', forget);
    if (link.welcome) this.#become('reconnecting');
    else if (this.#attempts || code === 4305) this.#fallback = true;
    if (this.#fallback) this.#flush();
  }

  #retry(ms: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.clock.after(ms, () => {
      this.#cancelRetry = undefined;
      void this.#connect();
    });
  }

  #fail(error: RtgenError): void {
    this.report(error);
    this.#stop('failed', error);
    this.#subscriptions.endAll(error.message);
  }

  #stop(state: 'closed' | 'failed', error: RtgenError): void {
    this.#dial++;
    this.#cancelRetry?.();
    this.#stopWake?.();
    this.#cancelRetry = this.#stopWake = undefined;
    const links = [this.#link, this.#dialing, ...this.#retired];
    this.#link = this.#dialing = undefined;
    this.#retired.clear();
    for (const link of links) link?.close(1000);
    this.#become(state);
    this.#flush();
    for (const waiting of [...this.#queue, ...[...this.#waiters].map(({ reject }) => ({ fail: reject }))]) waiting.fail(error);
    this.#queue.clear();
    this.#waiters.clear();
  }

  #become(state: ConnectionState): void {
    const before = this.#state;
    if (before === state) return;
    this.#state = state;
    const { events } = this.#config;
    events.emit('state', state);
    if (state === 'open') events.emit('connect');
    else if (before === 'open') events.emit('disconnect');
  }

  /** The page is shown again, or its network is back: what seems open may be dead, and waiting is over. */
  #wake(): void {
    this.#link?.probe();
    if (!this.#cancelRetry) return;
    this.#retry(0);
  }

  // --- frames

  frame(link: Link, frame: ServerFrame): void {
    switch (frame.t) {
      case 'welcome':
        return this.#greet(link, frame);
      case 'res':
        return this.#answer(link, frame);
      case 'ev':
      case 'gap': {
        const handle = link.channels.get(frame.ch);
        if (!handle || (frame.t === 'ev' ? handle.event(frame) : handle.gap(frame))) return;
        this.#subscriptions.reset(handle, 'hole');
        throw new RtgenError('protocol', `${handle.name}: events are missing without a word`);
      }
      case 'ch':
        return link === this.#link ? this.#subscriptions.state(frame, link.channels) : undefined;
      case 'ping':
        return link.send({ t: 'pong', n: frame.n });
      case 'auth':
        return void this.#renew(link);
      case 'drain':
        return this.#drain(link, frame.after, frame.deadline);
      case 'bye':
        return link.bye(frame.code, frame.retry);
      default:
        this.#other(frame);
    }
  }

  #answer(link: Link, frame: Extract<ServerFrame, { t: 'res' }>): void {
    const waiting = link.pending.take(frame.id);
    if (typeof waiting === 'function') return waiting(frame.status);
    if (!waiting) return;
    const { call, subscription, done, fail } = waiting;
    try {
      const result = answer(frame, {});
      const channels = this.#subscriptions.join(call, frame.subs ?? [], link.channels, subscription);
      done({ ...result, channels });
    } catch (cause) {
      fail(cause instanceof RtgenError ? cause : new RtgenError('protocol', `${call.op}: ${String(cause)}`, { cause }));
    }
    if (!link.retired) return;
    // What an old connection joins, it cannot keep.
    if (frame.subs && this.#link) this.#subscriptions.restart(this.#link.channels);
    if (!link.pending.size) link.close(1000);
  }

  async #renew(link: Link): Promise<void> {
    try {
      const credentials = await this.#config.auth?.();
      if (!credentials) return;
      const id = link.pending.add((status) => {
        if (!(status < 300)) this.report(new RtgenError('credentials', `the new credentials got the status ${status}`));
      });
      link.send({ t: 'auth', id, scheme: credentials.scheme, token: credentials.token });
    } catch (error) {
      this.report(error);
    }
  }

  #drain(link: Link, after: number, deadline: number): void {
    if (link !== this.#link || this.#state === 'draining') return;
    this.#become('draining');
    this.#retry(this.clock.random() * after);
    link.expire(deadline, 4200, 'drained');
  }

  #other(frame: { readonly t: string; readonly detail?: string | undefined; readonly title?: string | undefined }): void {
    if (frame.t.startsWith('x.')) return;
    const text = frame.t === 'problem' ? (frame.detail ?? frame.title ?? 'a problem') : `an unknown frame ${frame.t}`;
    throw new RtgenError('protocol', text, { cause: frame });
  }
}

const closedError = (state: ConnectionState) => new RtgenError('closed', `the socket is ${state}`);

const mayTakeHttp = ({ choice, row }: Call): boolean => choice === 'auto' && !row.stream;

/** A call that was given up before it left has had no effect. */
function unsent(reason: unknown): unknown {
  return reason instanceof RtgenError ? new RtgenError(reason.code, reason.message, { cause: reason.details.cause }) : reason;
}

function frameHeaders(headers: Headers): { [name: string]: string } | undefined {
  const object = headerObject(headers as unknown as Iterable<[string, string]>);
  if (object['content-type'] === 'application/json') delete object['content-type'];
  return Object.keys(object).length ? object : undefined;
}

/** Tells whether a text is longer than `limit` bytes; a UTF-16 unit takes three bytes at most. */
function exceeds(text: string, limit = Infinity): boolean {
  return text.length * 3 > limit && new TextEncoder().encode(text).length > limit;
}
