import type { Clock } from './clock.js';
import { emitter, type Emitter, type Listener } from './emitter.js';
import type { EvFrame, Position, PresenceDiff } from './frame.js';
import type { Call } from './transport.js';

/**
 * Where a channel stands. `idle`: nothing has subscribed to it, or the client is disconnected. `live`: events
 * arrive. `resuming`: the connection is away, and the channel goes on where it was. `reset`: it could not, and a fresh
 * snapshot is on its way. `gone`: the server has ended it, or it was closed.
 */
export type ChannelState = 'idle' | 'live' | 'resuming' | 'reset' | 'gone';

/** A channel in types: the shape of the members of an emitted `Channels`. */
export interface AnyChannel {
  /** The parameters of its address. */
  readonly params: object;
  /** Payloads by event name. */
  readonly events: object;
  /** What is known about somebody present; never without presence. */
  readonly member: unknown;
  /** The results of the operations that subscribe to it. */
  readonly snapshot: unknown;
}

/** What a listener is told beside the data. */
export interface EventMeta {
  /** The name of the event. */
  readonly type: string;
  /** The id of the event. */
  readonly id: string | undefined;
  /** The place in the channel's history; undefined for volatile events. */
  readonly seq: number | undefined;
}

/** Events that were left out on purpose: those from `from` to `to`. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** Events of every channel, beside those of the document. */
export interface SystemEvents<C extends AnyChannel> {
  /** Events are missing here. */
  $gap: Gap;
  /** History could not be continued; `result` is the fresh answer of the subscribing call. */
  $reset: { readonly reason: string; readonly result: C['snapshot'] };
  /** Who came and went; `members` and `count` of the channel have it already. */
  $presence: PresenceDiff;
}

/** All events of a channel: payload by name. */
export type EventsOf<C extends AnyChannel> = C['events'] & SystemEvents<C>;

/** Called with the payload of an event, and with what there is to know about it. */
export type EventListener<C extends AnyChannel, K extends keyof EventsOf<C>> = (
  data: EventsOf<C>[K],
  meta: EventMeta,
) => void;

/** One event of an iteration; `type` tells what `data` is. */
export type ChannelEvent<C extends AnyChannel> = {
  [K in keyof EventsOf<C>]: EventMeta & { readonly type: K; readonly data: EventsOf<C>[K] };
}[keyof EventsOf<C>];

/**
 * A channel of the document with one address. It outlives connections: listeners are bound once, and each event
 * reaches each of them once and in order. There is one handle per address, shared by all who ask for it.
 *
 * What arrives right after a subscribing call is held until the current task has ended, so that a listener bound
 * after `await` misses nothing.
 */
export interface Channel<C extends AnyChannel> extends AsyncIterable<ChannelEvent<C>> {
  /** The name in the document. */
  readonly name: string;
  /** The address, such as `rooms/9f…`. */
  readonly address: string;
  readonly state: ChannelState;
  /** Who is present, by identity. */
  readonly members: ReadonlyMap<string, C['member']>;
  /** How many are present. */
  readonly count: number;
  /** Calls `listener` for each event of a type; the returned function ends that. */
  on<K extends keyof EventsOf<C> & string>(type: K, listener: EventListener<C, K>): () => void;
  /** Takes a listener away again. */
  off<K extends keyof EventsOf<C> & string>(type: K, listener: EventListener<C, K>): void;
  /** Like {@link on}, for the next event only. */
  once<K extends keyof EventsOf<C> & string>(type: K, listener: EventListener<C, K>): () => void;
  /** Calls `listener` for each change of {@link state}. */
  onState(listener: (state: ChannelState, reason: string | undefined) => void): () => void;
  /**
   * Leaves the channel, for all who share the handle: runs the unsubscribing operation where the document has
   * one, ends iterations and drops listeners.
   */
  close(): Promise<void>;
}

/** Events held for somebody who does not take them; beyond this, the slow one is told of a gap. */
export const maxHeld = 1024;

interface Item extends EventMeta {
  readonly data: unknown;
}

/** The implementation of {@link Channel}, fed by the frame loop. */
export interface ChannelHandle extends Emitter {
  readonly name: string;
  readonly address: string;
  readonly members: Map<string, unknown>;
  count: number;
  state: ChannelState;
  /** The last call that subscribed to it; undefined when nobody has, or when it has been left. */
  call?: Call | undefined;
  /** The last event that was delivered; undefined when the next connection must take a snapshot. */
  position?: Position | undefined;
  /** The numbers of the connection that the channel is on. */
  numbered?: ReadonlyMap<number, ChannelHandle>;
  /** Its number there. */
  ch?: number;
  once(type: string, listener: Listener): () => void;
  onState(listener: Listener): () => void;
  close(): Promise<void>;
  [Symbol.asyncIterator](): AsyncGenerator<Item, void>;
  /** Changes the state and tells who wants to know. */
  become(state: ChannelState, reason?: string | undefined): void;
  /** Goes live at a position. Within one epoch it never moves back: what was delivered stays delivered. */
  join(position: Position): void;
  /** Takes an event, unless it is a repetition. False says that events are missing before it. */
  event(event: Omit<EvFrame, 't' | 'ch'>): boolean;
  /** Delivers an event, or holds it while the first listener is still to come. */
  push(type: string, data: unknown, id?: string, seq?: number): void;
}

/** Makes a handle; `leave` runs before it forgets its listeners. */
export function channelHandle(
  name: string,
  address: string,
  clock: Clock,
  report: (error: unknown) => void,
  leave: (channel: ChannelHandle) => Promise<void>,
): ChannelHandle {
  const members = new Map<string, unknown>();
  let held: Item[] | undefined;

  const flush = () => {
    const items = held ?? [];
    held = undefined;
    for (const item of items) {
      handle.emit(item.type, item.data, item);
      handle.emit('*', item);
    }
  };

  const handle: ChannelHandle = {
    ...emitter(report),
    name,
    address,
    members,
    count: 0,
    state: 'idle',

    once: (type, listener) => handle.on(type, listener, true),

    // The change of state is the event without a name; `*` is every event, and nothing when the state has changed.
    onState: (listener) => handle.on('', listener),

    close() {
      const left = leave(handle);
      handle.clear();
      return left;
    },

    [Symbol.asyncIterator]() {
      const queue: Item[] = [];
      let wake = () => {};
      const off = handle.on('*', (item?: Item) => {
        if (queue.length === maxHeld) {
          const data = { from: queue[0]!.seq, to: queue.at(-1)!.seq, why: 'slow' };
          queue.splice(0, maxHeld, { type: '$gap', data } as Item);
        }
        if (item) queue.push(item);
        wake();
      });
      return (async function* () {
        try {
          for (;;) {
            if (queue.length) yield queue.shift()!;
            else if (handle.state === 'gone') return;
            else await new Promise<void>((resolve) => (wake = resolve));
          }
        } finally {
          off();
        }
      })();
    },

    become(state, reason) {
      if (state === handle.state) return;
      handle.state = state;
      handle.emit('', state, reason);
      handle.emit('*');
    },

    join({ epoch, seq, last }) {
      const { position } = handle;
      if (position?.epoch !== epoch || position.seq < seq) handle.position = { epoch, seq, last };
      handle.become('live');
      if (held || handle.heard()) return;
      held = [];
      clock.after(0, flush);
    },

    event({ seq, prev = seq! - 1, type, id, data }) {
      if (handle.state !== 'live') return true;
      if (seq !== undefined) {
        const { epoch, seq: at } = handle.position!;
        if (seq <= at) return true;
        if (prev > at) return false;
        handle.position = { epoch, seq, last: id };
      }
      if (type === '$presence') {
        const { full, join = [], leave = [], count } = data as PresenceDiff;
        if (full) members.clear();
        for (const { id, info } of join) members.set(id, info);
        for (const id of leave) members.delete(id);
        handle.count = count ?? members.size;
      }
      handle.push(type, data, id, seq);
      return true;
    },

    push(type, data, id, seq) {
      const holding = held;
      if ((held ??= []).push({ type, id, seq, data }) === maxHeld || !holding) flush();
    },
  };
  return handle;
}
