/** A listener of any event; the typed faces of it are where people see it. */
export type Listener = (...values: never[]) => unknown;

/** Listeners by event. One that throws is reported and disturbs nobody else. */
export interface Emitter {
  /** Adds a listener; adding it twice is adding it once. The returned function takes it away. */
  on(event: string, listener: Listener, once?: boolean): () => void;
  off(event: string, listener: Listener): unknown;
  /** Calls the listeners there are when it starts, in the order in which they came. */
  emit(event: string, ...values: unknown[]): void;
  /** True when somebody listens to an event that has a name. */
  heard(): boolean;
  clear(): void;
}

/** Makes an emitter without listeners. */
export function emitter(report: (error: unknown) => void): Emitter {
  // By event, each listener with whether it is for one event only.
  const events = new Map<string, Map<Listener, boolean>>();
  const at = (event: string) => events.get(event) ?? new Map<Listener, boolean>();
  return {
    on(event, listener, once = false) {
      const listeners = at(event).set(listener, once);
      events.set(event, listeners);
      return () => listeners.delete(listener);
    },
    off: (event, listener) => at(event).delete(listener),
    emit(event, ...values) {
      const listeners = at(event);
      for (const [listener, once] of [...listeners]) {
        if (!listeners[once ? 'delete' : 'has'](listener)) continue;
        // It runs at once; what it throws, now or later, is reported after that.
        (async () => listener(...(values as never[])))().catch(report);
      }
    },
    heard: () => [...events].some(([event, { size }]) => event && size),
    clear: () => events.clear(),
  };
}
