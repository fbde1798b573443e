import type { Clock } from './clock.js';
import { Emitter, type Listener } from './emitter.js';
import type { EvFrame, Position, PresenceDiff } from './frame.js';

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
const maxHeld = 1024;

interface Item extends EventMeta {
  readonly data: unknown;
}

/** The implementation of {@link Channel}, fed by the frame loop. */
export class ChannelHandle {
  readonly name: string;
  readonly address: string;
  readonly members: Map<string, unknown> = new Map();
  count = 0;
  /** The last event that was delivered; undefined when the next connection must take a snapshot. */
  position: Position | undefined;
  /** The numbers of the connection that the channel is on. */
  numbered: ReadonlyMap<number, ChannelHandle> | undefined;
  readonly #clock: Clock;
  readonly #leave: (channel: ChannelHandle) => Promise<void>;
  readonly #events: Emitter;
  readonly #states: Emitter;
  #state: ChannelState = 'idle';
  #held: Item[] | undefined;

  constructor(
    name: string,
    address: string,
    clock: Clock,
    report: (error: unknown) => void,
    leave: (channel: ChannelHandle) => Promise<void>,
  ) {
    this.name = name;
    this.address = address;
    this.#clock = clock;
    this.#leave = leave;
    this.#events = new Emitter(report);
    this.#states = new Emitter(report);
  }

  get state(): ChannelState {
    return this.#state;
  }

  on(type: string, listener: Listener): () => void {
    return this.#events.on(type, listener);
  }

  off(type: string, listener: Listener): void {
    this.#events.off(type, listener);
  }

  once(type: string, listener: Listener): () => void {
    return this.#events.on(type, listener, true);
  }

  onState(listener: Listener): () => void {
    return this.#states.on('', listener);
  }

  close(): Promise<void> {
    const left = this.#leave(this);
    this.#events.clear();
    this.#states.clear();
    return left;
  }

  [Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    const queue: Item[] = [];
    let wake = () => {};
    const offs = [
      this.on('*', (item: Item) => {
        if (queue.length === maxHeld) {
          const gap = { from: queue[0]?.seq, to: queue.at(-1)?.seq, why: 'slow' };
          queue.splice(0, maxHeld, { type: '$gap', id: undefined, seq: undefined, data: gap });
        }
        queue.push(item);
        wake();
      }),
      this.onState(() => wake()),
    ];
    const ended = () => this.#state === 'gone';
    return (async function* () {
      try {
        for (;;) {
          for (let item; (item = queue.shift()); ) yield item;
          if (ended()) return;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        for (const off of offs) off();
      }
    })();
  }

  /** Changes the state and tells who wants to know. */
  become(state: ChannelState, reason?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#states.emit('', state, reason);
  }

  /** Goes live at a position. Within one epoch it never moves back: what was delivered stays delivered. */
  join({ epoch, seq, last }: Position): void {
    const held = this.position;
    if (held?.epoch !== epoch || held.seq < seq) this.position = { epoch, seq, last };
    this.become('live');
    if (!this.#events.empty || this.#held) return;
    this.#held = [];
    this.#clock.after(0, () => this.#flush());
  }

  /** Takes an event, unless it is a repetition. False says that events are missing before it. */
  event({ seq, prev = seq! - 1, type, id, data }: Omit<EvFrame, 't' | 'ch'>): boolean {
    if (this.#state !== 'live') return true;
    if (seq !== undefined) {
      const { epoch, seq: at } = this.position!;
      if (seq <= at) return true;
      if (!(prev <= at)) return false;
      this.position = { epoch, seq, last: id };
    }
    if (type === '$presence') this.#presence(data as PresenceDiff);
    this.push(type, data, id, seq);
    return true;
  }

  /** Delivers an event, or holds it while the first listener is still to come. */
  push(type: string, data: unknown, id?: string, seq?: number): void {
    const item: Item = { type, id, seq, data };
    if (!this.#held) this.#deliver(item);
    else if (this.#held.push(item) === maxHeld) this.#flush();
  }

  #deliver(item: Item): void {
    this.#events.emit(item.type, item.data, item);
    this.#events.emit('*', item);
  }

  #flush(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const item of held) this.#deliver(item);
  }

  #presence({ full, join = [], leave = [], count }: PresenceDiff): void {
    if (full) this.members.clear();
    for (const { id, info } of join) this.members.set(id, info);
    for (const id of leave) this.members.delete(id);
    this.count = count ?? this.members.size;
  }
}
