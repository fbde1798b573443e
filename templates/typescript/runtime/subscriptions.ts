import { ChannelHandle } from './channel.js';
import type { Clock } from './clock.js';
import type { ChFrame, EvFrame, Joined, Position, Resume } from './frame.js';
import { headerObject } from './headers.js';
import type { AnyRequest, Api } from './operation.js';
import { encode, fill, plain } from './params.js';
import type { AnyResult } from './result.js';
import type { Call } from './transport.js';

/** A call that subscribed, kept so that it can be taken up again. */
export interface Subscription {
  readonly call: Call;
  readonly channels: Set<ChannelHandle>;
  /** The call is being made again. */
  running?: boolean;
}

/** The channels of a call for its result, by their name in the document. */
export const byName = ({ channels }: Subscription): object =>
  Object.fromEntries([...channels].map((channel) => [channel.name, channel]));

/** The channels of one connection by their number on it. */
export type Numbered = Map<number, ChannelHandle>;

/** What the subscriptions ask of the client. */
export interface SubscriptionsOwner {
  readonly clock: Clock;
  report(error: unknown): void;
  /** Makes the call of a subscription again by socket; `done` runs within the frame loop. */
  again(subscription: Subscription, done: (outcome: AnyResult | Error) => void): void;
  /** Calls an operation by its name. */
  call(name: string, request: AnyRequest): Promise<unknown>;
}

/** All channels of a client: which handle is where, and which call put it there. */
export class Subscriptions {
  readonly #api: Api;
  readonly #owner: SubscriptionsOwner;
  // By name and address; closed handles are not in it.
  readonly #handles = new Map<string, ChannelHandle>();
  // The handles that somebody has subscribed to, each with the last call that did.
  readonly #calls = new Map<ChannelHandle, Subscription>();

  constructor(api: Api, owner: SubscriptionsOwner) {
    this.#api = api;
    this.#owner = owner;
  }

  /** The handle of a channel by the parameters of its address. */
  channel(name: string, params: object): ChannelHandle {
    const values = new Map(Object.entries(params));
    const template = this.#api.channels?.[name]?.address ?? name;
    return this.#at(name, fill(template, (param) => encode(plain(values.get(param)))));
  }

  /**
   * Puts the channels that a call joined in place, before anything else of the connection is read. A call that went by
   * HTTP is on no connection, and its channels have no numbers: the next connection goes on from there.
   */
  join(subscription: Subscription, joined: readonly Joined[], on?: Numbered): void {
    for (const position of joined) {
      const { name, address } = position;
      const handle = this.#at(name, address);
      const { channels, running } = subscription;
      // Made again, a call joins all of its channels, also those that were left since.
      if (running && !channels.has(handle)) continue;
      // A later call takes over: its answer is the snapshot that the application has seen last.
      this.#calls.get(handle)?.channels.delete(handle);
      channels.add(handle);
      this.#calls.set(handle, subscription);
      if (on) this.#live(handle, position, position.ch, on);
      else if (handle.state !== 'live') {
        // An older position stays: the events after it may repeat the snapshot, but none is lost to a listener.
        handle.position ??= position;
        handle.become('resuming');
      }
    }
  }

  /** Delivers an event that is for this socket alone, which carries its channel, subscribed or not. Others have none: they come late. */
  direct(frame: EvFrame): void {
    if (frame.name) this.#at(frame.name, frame.address!).push(frame.type, frame.data, frame.id);
  }

  /** What to take up again on a new connection, which then numbers the channels in `on`. */
  resume(on: Numbered): Resume[] {
    const resumed = new Map<Subscription, Resume & { readonly ch: object[] }>();
    for (const [handle, subscription] of this.#calls) {
      const { name, address, position } = handle;
      if (!position) continue;
      handle.numbered = on;
      const { op, request, headers } = subscription.call;
      const { path, query } = request;
      const entry = resumed.get(subscription) ?? { op, path, query, headers: headerObject(headers), ch: [] };
      entry.ch.push({ name, address, ...position });
      resumed.set(subscription, entry);
    }
    return [...resumed.values()];
  }

  /** Makes the calls again whose channels are not on this connection and were not taken up by it. */
  restart(on: Numbered): void {
    for (const handle of [...this.#calls.keys()]) {
      if (!handle.position || handle.numbered !== on) this.reset(handle, 'resubscribed');
    }
  }

  /** Follows what the server says about a channel. */
  state(frame: ChFrame, on: Numbered): void {
    const { ch, state, epoch, seq, recovered, reason = '' } = frame;
    const handle = on.get(ch) ?? this.#at(frame.name, frame.address);
    if (state === 'reset') return this.reset(handle, reason);
    if (state === 'gone') return this.end(handle, reason);
    const before = handle.position;
    const same = before?.epoch === epoch;
    // After a recovery the missing events follow, so the position stays where it was.
    this.#live(handle, same && recovered ? before : frame, ch, on);
    if (before && !recovered && !(same && seq <= before.seq)) {
      handle.push('$gap', { from: before.seq + 1, to: seq, why: reason || 'unrecovered' });
    }
  }

  /** Takes the snapshot again: the channel cannot go on from where it was. */
  reset(handle: ChannelHandle, reason: string): void {
    const subscription = this.#calls.get(handle);
    if (!subscription) return this.end(handle, reason);
    handle.position = undefined;
    handle.become('reset', reason);
    if (subscription.running) return;
    subscription.running = true;
    this.#owner.again(subscription, (outcome) => {
      subscription.running = false;
      for (const channel of subscription.channels) {
        if (outcome instanceof Error) channel.become('resuming');
        else if (channel.position) channel.push('$reset', { reason, result: outcome });
        else this.end(channel, `status ${outcome.status}`);
      }
    });
  }

  /** Forgets how a channel was joined. The handle stays good for the next call. */
  end(handle: ChannelHandle, reason: string): void {
    this.#calls.get(handle)?.channels.delete(handle);
    this.#calls.delete(handle);
    handle.position = undefined;
    handle.become('gone', reason);
  }

  /** The connection is away, for good when the state is `gone`; with `forget` positions are void. */
  suspend(state: 'resuming' | 'idle' | 'gone', forget?: boolean): void {
    for (const handle of this.#handles.values()) {
      if (forget) handle.position = undefined;
      if (state !== 'gone' && this.#calls.has(handle)) handle.become(state);
      else if (handle.state !== 'idle') this.end(handle, 'lost');
    }
  }

  #at(name: string, address: string): ChannelHandle {
    const key = `${name} ${address}`;
    const { clock, report } = this.#owner;
    let handle = this.#handles.get(key);
    if (!handle) {
      handle = new ChannelHandle(name, address, clock, report, (closed) => this.#close(key, closed));
      this.#handles.set(key, handle);
      this.#api.opened?.(handle);
    }
    return handle;
  }

  #live(handle: ChannelHandle, position: Position, ch: number, on: Numbered): void {
    on.set(ch, handle);
    handle.numbered = on;
    handle.join(position);
  }

  async #close(key: string, handle: ChannelHandle): Promise<void> {
    const path = this.#calls.get(handle)?.call.request.path;
    // Without a connection there is nothing to leave: the next one will not take the channel up.
    const leave = handle.state === 'live' && this.#api.channels?.[handle.name]?.leave;
    this.end(handle, 'closed');
    this.#handles.delete(key);
    if (leave) await this.#owner.call(leave, { path }).catch(this.#owner.report);
  }
}
