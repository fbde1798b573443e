import { channelHandle, type ChannelHandle } from './channel.js';
import type { Clock } from './clock.js';
import type { ChFrame, EvFrame, Joined, Position, Resume } from './frame.js';
import { headerObject } from './headers.js';
import type { Link } from './link.js';
import type { AnyRequest, Api } from './operation.js';
import { encode, fill, plain } from './params.js';
import type { AnyResult } from './result.js';
import type { Call } from './transport.js';

/** The channels of one connection by their number on it. */
export type Numbered = Map<number, ChannelHandle>;

/** The operations of a client by name. */
export interface Calls {
  [name: string]: (request: AnyRequest) => Promise<unknown>;
}

/** Makes a call, again perhaps, over any connection but one; `done` runs within the frame loop. */
export type Again = (call: Call, done: (outcome: AnyResult | Error) => void, not?: Link) => unknown;

/** All channels of a client: which handle is where, and which call put it there. */
export interface Subscriptions {
  /** The handle of a channel by the parameters of its address. */
  channel(name: string, params: object): ChannelHandle;
  /** The channels of a call for its result, by their name in the document. */
  of(call: Call): object;
  /**
   * Puts the channels that a call joined in place, before anything else of the connection is read. A call that went by
   * HTTP is on no connection, and its channels have no numbers: the next connection goes on from there.
   */
  join(call: Call, joined: readonly Joined[], on?: Numbered): void;
  /** Delivers an event that is for this socket alone, which carries its channel, subscribed or not. Others have none: they come late. */
  direct(frame: EvFrame): void;
  /** What to take up again on a new connection, which then numbers the channels in `on`. */
  resume(on: Numbered): Resume[];
  /** Makes the calls again whose channels are not on this connection and were not taken up by it. */
  restart(on: Numbered): void;
  /** Follows what the server says about a channel. */
  state(frame: ChFrame, on: Numbered): void;
  /** Takes the snapshot again, on this connection: the channel cannot go on from where it was. */
  reset(handle: ChannelHandle, reason: string, on: Numbered): void;
  /** The connection is away, for good when the state is `gone`; with `forget` positions are void. */
  suspend(state: 'resuming' | 'idle' | 'gone', forget?: boolean): void;
}

/** Makes the subscriptions of a client, which has none. */
export function createSubscriptions(
  { channels = {}, channel: told }: Api,
  clock: Clock,
  report: (error: unknown) => void,
  again: Again,
  calls: Calls,
): Subscriptions {
  // By name and address; closed handles are not in it.
  const handles = new Map<string, ChannelHandle>();

  const at = (name: string, address: string): ChannelHandle => {
    const key = name + ' ' + address;
    let handle = handles.get(key);
    if (!handle) {
      handle = channelHandle(name, address, clock, report, async (closed) => {
        const path = closed.call?.request.path;
        // Without a connection there is nothing to leave: the next one will not take the channel up.
        const leave = closed.state === 'live' && channels[name]?.leave;
        end(closed, 'closed');
        handles.delete(key);
        if (leave) await calls[leave]?.({ path }).catch(report);
      });
      handles.set(key, handle);
      told?.(handle);
    }
    return handle;
  };

  const live = (handle: ChannelHandle, position: Position, ch: number, on: Numbered) => {
    on.set((handle.ch = ch), handle);
    handle.numbered = on;
    handle.join(position);
  };

  const joinedBy = (call: Call) => [...handles.values()].filter((handle) => handle.call === call);

  /** Forgets how a channel was joined. The handle stays good for the next call. */
  const end = (handle: ChannelHandle, reason: string | undefined) => {
    handle.call = handle.position = undefined;
    handle.become('gone', reason);
  };

  const reset = (handle: ChannelHandle, reason: string | undefined, on: Numbered) => {
    const { call } = handle;
    if (!call) return end(handle, reason);
    handle.position = undefined;
    handle.become('reset', reason);
    // Over HTTP the answer for a connection that is lost by now may never come.
    if (call.running === on) return;
    call.running = on;
    call.headers.delete('idempotency-key'); // its first answer is no new snapshot
    again(call, (outcome) => {
      if (call.running !== on) return;
      call.running = undefined;
      for (const channel of joinedBy(call)) {
        if (outcome instanceof Error) channel.become('resuming');
        else if (channel.position) channel.push('$reset', { reason, result: outcome });
        else end(channel, `status ${outcome.status}`);
      }
    });
  };

  return {
    reset,

    channel(name, params) {
      const values = new Map(Object.entries(params));
      return at(name, fill(channels[name]?.address ?? name, (param) => encode(plain(values.get(param)))));
    },

    of: (call) =>
      Object.fromEntries(joinedBy(call).map((handle) => [handle.name, handle])),

    join(call, joined, on) {
      for (const position of joined) {
        const { name, address, ch } = position;
        const handle = at(name, address);
        // Made again, a call joins all of its channels, also those that were left since.
        if (call.running && handle.call !== call) continue;
        // A later call takes over: its answer is the snapshot that the application has seen last.
        handle.call = call;
        // By event stream what it has got already is still on its way.
        if (on) live(handle, (on.get(ch) === handle && handle.position) || position, ch, on);
        else if (handle.state !== 'live') {
          // An older position stays: the events after it may repeat the snapshot, but none is lost to a listener.
          handle.position ??= position;
          handle.become('resuming');
        }
      }
    },

    direct({ name, address, type, data, id }) {
      if (name) at(name, address!).push(type, data, id);
    },

    resume(on) {
      const resumed = new Map<Call, Resume & { readonly ch: object[] }>();
      for (const handle of handles.values()) {
        const { name, address, position, call } = handle;
        if (!call || !position) continue;
        handle.numbered = on;
        const { op, headers, request: { path, query } } = call;
        const entry = resumed.get(call) ?? { op, path, query, headers: headerObject(headers), ch: [] };
        entry.ch.push({ name, address, ...position });
        resumed.set(call, entry);
      }
      return [...resumed.values()];
    },

    restart(on) {
      for (const handle of handles.values()) {
        if (handle.call && !(handle.position && handle.numbered === on)) reset(handle, 'resubscribed', on);
      }
    },

    state(frame, on) {
      const { ch, name, address, state, epoch, seq, recovered, reason } = frame;
      const handle = on.get(ch) ?? at(name, address);
      if (state === 'reset') return reset(handle, reason, on);
      if (state === 'gone') return void (handle.ch === ch && end(handle, reason)); // or it is joined again
      const before = handle.position;
      const same = before?.epoch === epoch;
      // After a recovery the missing events follow, so the position stays where it was.
      live(handle, same && recovered ? before : frame, ch, on);
      if (before && !recovered && !(same && seq <= before.seq)) {
        handle.push('$gap', { from: before.seq + 1, to: seq, why: reason ?? 'unrecovered' });
      }
    },

    suspend(state, forget) {
      for (const handle of handles.values()) {
        if (forget) handle.position = undefined;
        if (state !== 'gone' && handle.call) handle.become(state);
        else if (handle.state !== 'idle') end(handle, 'lost');
      }
    },
  };
}
