import type { Clock } from '../../runtime/index.js';

/** A clock that moves when it is told to. Chance is a constant. */
export class FakeClock implements Clock {
  chance = 0;
  #now = 0;
  #tasks: { at: number; task: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, task: () => void): () => void {
    const entry = { at: this.#now + ms, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }

  /** How many tasks are waiting. */
  get waiting(): number {
    return this.#tasks.length;
  }

  /** Moves on by `ms`, running what falls due in order, with all promises settled before and after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const next = this.#tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#tasks = this.#tasks.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await settled();
    }
    this.#now = end;
  }
}

/** Resolves when all promises that can settle have done so. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
