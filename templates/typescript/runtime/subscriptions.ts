import { ChannelHandle } from './channel.js';
import type { Clock } from './clock.js';
import type { ChFrame, Joined, Resume } from './frame.js';
import { headerObject } from './headers.js';
import type { AnyRequest, Api, Bindings } from './operation.js';
import { encode, plain } from './params.js';
import type { AnyResult } from './result.js';
import type { Call } from './transport.js';

/** A call that subscribed, kept so that it can be taken up again. */
export interface Subscription {
  readonly call: Call;
  readonly channels: Map<string, ChannelHandle>;
  /** The call is being made again. */
  running: boolean;
}

/** The channels of one connection by their number on it. */
export type Numbered = Map<number, ChannelHandle>;

/** What the subscriptions ask of the socket. */
export interface SubscriptionsOwner {
  readonly clock: Clock;
  report(error: unknown): void;
  /** Makes the call of a subscription again; `done` runs within the frame loop. */
  again(subscription: Subscription, done: (outcome: AnyResult | Error) => void): void;
  /** Calls the operation that leaves a channel. */
  leave(operation: string, request: AnyRequest): Promise<void>;
}

/** All channels of a client: which handle is where, and which call put it there. */
export class Subscriptions {
  readonly #api: Api;
  readonly #owner: SubscriptionsOwner;
  readonly #handles = new Map<string, ChannelHandle>();
  readonly #calls = new Map<ChannelHandle, Subscription>();

  constructor(api: Api, owner: SubscriptionsOwner) {
    this.#api = api;
    this.#owner = owner;
  }

  /** The handle of a channel by the parameters of its address. */
  channel(name: string, params: ReadonlyMap<string, unknown>): ChannelHandle {
    const template = this.#api.channels?.[name]?.address ?? name;
    const address = template.replace(/\{([^}]+)\}/g, (whole, key: string) =>
      params.has(key) ? encode(plain(params.get(key))) : whole);
    return this.#at(name, address, params);
  }

  /** The handles of a call that went by HTTP; with `keep` the next connection subscribes to them. */
  adopt(call: Call, result: AnyResult, keep: boolean): object {
    const subscription = { call, channels: new Map<string, ChannelHandle>(), running: false };
    if (!result.ok) return {};
    for (const [name, bindings] of Object.entries(call.row.subscribe ?? {})) {
      const handle = this.channel(name, this.#params(name, call, bindings, result.body));
      subscription.channels.set(name, handle);
      if (!keep || handle.state === 'live') continue;
      this.#calls.set(handle, subscription);
      handle.position = undefined;
      handle.become('resuming');
    }
    return Object.fromEntries(subscription.channels);
  }

  /** Puts the channels that a call joined in place, before anything else of the connection is read. */
  join(call: Call, joined: readonly Joined[], on: Numbered, subscription?: Subscription): object {
    const held = (subscription ??= { call, channels: new Map(), running: false });
    const { channels } = held;
    for (const one of joined) {
      const { name, address, ch } = one;
      // Made again, a call joins all of its channels, also those that were left since.
      if (held.running && !channels.has(name)) continue;
      const bindings = call.row.subscribe?.[name];
      const handle = channels.get(name) ?? this.#at(name, address, this.#params(name, call, bindings));
      // The server may write an address in another way than we do; its word counts.
      if (handle.address !== address) {
        handle.address = address;
        this.#handles.set(key(name, address), handle);
      }
      channels.set(name, handle);
      this.#calls.set(handle, held);
      on.set(ch, handle);
      handle.numbered = on;
      handle.join(one);
    }
    return Object.fromEntries(channels);
  }

  /** What to take up again on a new connection, which then numbers the channels in `on`. */
  resume(on: Numbered): Resume[] {
    const resumed = new Map<Subscription, Resume & { ch: object[] }>();
    for (const [handle, subscription] of this.#calls) {
      if (!handle.position) continue;
      handle.numbered = on;
      const { op, request, headers } = subscription.call;
      let entry = resumed.get(subscription);
      if (!entry) {
        entry = { op, path: request.path, query: request.query, headers: headerObject(headers as never), ch: [] };
        resumed.set(subscription, entry);
      }
      entry.ch.push({ name: handle.name, address: handle.address, ...handle.position });
    }
    return [...resumed.values()];
  }

  /** Makes the calls again whose channels are not on this connection and were not taken up by it. */
  restart(on: Numbered): void {
    for (const [handle, subscription] of [...this.#calls]) {
      if (!handle.position || handle.numbered !== on) this.reset(handle, 'resubscribed', subscription);
    }
  }

  /** Follows what the server says about a channel. */
  state(frame: ChFrame, on: Numbered): void {
    const { name, address, ch, state, epoch, seq, recovered, reason = '' } = frame;
    const handle = on.get(ch) ?? this.#at(name, address, new Map());
    if (state === 'reset') return this.reset(handle, reason);
    if (state === 'gone') return this.end(handle, reason);
    on.set(ch, handle);
    handle.numbered = on;
    const before = handle.position;
    // After a recovery the missing events follow, so the position stays where it was.
    handle.join(recovered && before?.epoch === epoch ? before : frame);
    const missed = before && !recovered && (before.epoch !== epoch || before.seq < seq);
    if (missed) handle.push('$gap', { from: before.seq + 1, to: seq, why: reason || 'unrecovered' });
  }

  /** Takes the snapshot again: the channel cannot go on from where it was. */
  reset(handle: ChannelHandle, reason: string, subscription = this.#calls.get(handle)): void {
    if (!subscription) return this.end(handle, reason);
    handle.position = undefined;
    handle.become('reset', reason);
    if (subscription.running) return;
    subscription.running = true;
    this.#owner.again(subscription, (outcome) => {
      subscription.running = false;
      for (const channel of subscription.channels.values()) {
        if (this.#calls.get(channel) !== subscription) continue;
        if (outcome instanceof Error) channel.become('resuming');
        else if (channel.state === 'live') channel.push('$reset', { reason, result: outcome });
        else this.end(channel, `status ${outcome.status}`);
      }
    });
  }

  /** Forgets how a channel was joined. The handle stays good for the next call. */
  end(handle: ChannelHandle, reason: string): void {
    this.#forget(handle);
    handle.position = undefined;
    handle.become('gone', reason);
  }

  /** The connection is away. */
  suspend(state: 'resuming' | 'idle', forget: boolean): void {
    for (const handle of this.#handles.values()) {
      if (forget) handle.position = undefined;
      if (this.#calls.has(handle)) handle.become(state);
      else if (handle.state === 'live') this.end(handle, 'lost');
    }
  }

  /** No connection will come. */
  endAll(reason: string): void {
    for (const handle of this.#calls.keys()) this.end(handle, reason);
  }

  #at(name: string, address: string, params: ReadonlyMap<string, unknown>): ChannelHandle {
    const { clock, report } = this.#owner;
    let handle = this.#handles.get(key(name, address));
    if (!handle) {
      handle = new ChannelHandle(name, address, params, clock, report, (closed) => this.#leave(closed));
      this.#handles.set(key(name, address), handle);
    }
    return handle;
  }

  async #leave(handle: ChannelHandle): Promise<void> {
    const subscribed = this.#calls.has(handle);
    this.#forget(handle);
    for (const [place, other] of this.#handles) if (other === handle) this.#handles.delete(place);
    const { leave, bind = {} } = this.#api.channels?.[handle.name] ?? {};
    if (!leave || !subscribed) return;
    const request: { [location: string]: { [name: string]: unknown } } = {};
    for (const [param, value] of handle.params) {
      const [location = '', name = ''] = split(bind[param] ?? `path.${param}`);
      (request[location] ??= {})[name] = value;
    }
    await this.#owner.leave(leave, request);
  }

  #forget(handle: ChannelHandle): void {
    this.#calls.get(handle)?.channels.delete(handle.name);
    this.#calls.delete(handle);
  }

  /** The parameters of a channel, from the request and the response of a call. */
  #params(name: string, { request }: Call, bindings: Bindings = {}, body?: unknown): Map<string, unknown> {
    const params = new Map<string, unknown>();
    for (const [, param = ''] of this.#api.channels?.[name]?.address.matchAll(/\{([^}]+)\}/g) ?? []) {
      const [location, field] = split(bindings[param] ?? `path.${param}`);
      const source = location === 'body' ? body : request[location as 'path'];
      const value = new Map(Object.entries(source ?? {})).get(field);
      if (value != null) params.set(param, value);
    }
    return params;
  }
}

const key = (name: string, address: string) => `${name}\n${address}`;

/** `path.roomId` → `['path', 'roomId']` */
function split(binding: string): [string, string] {
  const dot = binding.indexOf('.');
  return [binding.slice(0, dot), binding.slice(dot + 1)];
}
