import { RtgenError } from './error.js';
import type { AnyResult } from './result.js';
import type { Call } from './transport.js';
import type { Subscription } from './subscriptions.js';

/** A call that waits for its answer. Both functions run within the frame loop, before the next frame is read. */
export interface Waiting {
  readonly call: Call;
  readonly done: (result: AnyResult) => void;
  readonly fail: (error: unknown) => void;
  /** The subscription that the call is made again for. */
  readonly subscription?: Subscription | undefined;
}

/** The calls in flight on one connection, by id. Ids are never used twice. */
export class Pending {
  readonly #calls = new Map<number, Waiting | ((status: number) => void)>();
  #last = 0;

  get size(): number {
    return this.#calls.size;
  }

  /** Files a call, or a function that waits for the status of another frame, under a new id. */
  add(waiting: Waiting | ((status: number) => void)): number {
    this.#calls.set(++this.#last, waiting);
    return this.#last;
  }

  /** Takes what waits under an id; undefined when it was cancelled. */
  take(id: number): Waiting | ((status: number) => void) | undefined {
    const waiting = this.#calls.get(id);
    this.#calls.delete(id);
    return waiting;
  }

  /** The connection is lost: nobody knows what became of the calls. */
  lose(closeCode: number): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const waiting of calls) {
      if (typeof waiting === 'function') continue;
      const { op } = waiting.call;
      waiting.fail(new RtgenError('lost', `${op}: the connection was lost, the outcome is unknown`, { outcomeUnknown: true, closeCode }));
    }
  }
}
