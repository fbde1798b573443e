/** Time and chance. Tests pass their own; everybody else leaves the option out. */
export interface Clock {
  /** Milliseconds since any fixed instant. */
  now(): number;
  /** Runs `task` once, after `ms` milliseconds; the returned function prevents that. */
  after(ms: number, task: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
}

/** The `after` of the real clock. */
export const after: Clock['after'] = (ms, task) => {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
};

/** The real clock. (Calls, not references: bundlers can tell that nothing happens here.) */
export const systemClock: Clock = { now: () => Date.now(), after, random: () => Math.random() };
