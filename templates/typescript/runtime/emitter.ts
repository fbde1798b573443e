/** A listener of any event; the typed faces of it are where people see it. */
export type Listener = (...values: never[]) => unknown;

/** Listeners by event. One that throws is reported and disturbs nobody else. */
export class Emitter {
  // Each listener with whether it is for one event only.
  readonly #listeners = new Map<string, Map<Listener, boolean>>();
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Adds a listener; adding it twice is adding it once. The returned function takes it away. */
  on(event: string, listener: Listener, once = false): () => void {
    let listeners = this.#listeners.get(event);
    if (!listeners) this.#listeners.set(event, (listeners = new Map()));
    listeners.set(listener, once);
    return () => this.off(event, listener);
  }

  off(event: string, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener);
  }

  /** Calls the listeners there are when it starts, in the order in which they came. */
  emit(event: string, ...values: unknown[]): void {
    const listeners = this.#listeners.get(event);
    for (const [listener, once] of [...(listeners ?? [])]) {
      if (!listeners!.has(listener)) continue;
      if (once) listeners!.delete(listener);
      try {
        const outcome = listener(...(values as never[]));
        if (outcome instanceof Promise) outcome.catch(this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  /** True when nobody listens to anything. */
  get empty(): boolean {
    return ![...this.#listeners.values()].some((listeners) => listeners.size);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
