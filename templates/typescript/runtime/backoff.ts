import type { Clock } from './clock.js';

/** What a client does about a closed socket. */
export type CloseClass = 'refused' | 'credentials' | 'now' | 'retry' | 'forget';

/** Reads a close code; codes that nobody has given yet keep the class of their range. */
export function classify(code: number): CloseClass {
  if (code >= 4900 || code < 4000) return /^10(0[2379]|10)$/.test(`${code}`) ? 'refused' : 'retry';
  return (['refused', 'credentials', 'now', 'retry', 'forget'] as const)[(code / 100 - 40) | 0] ?? 'refused';
}

/**
 * Milliseconds before try number `attempt` (from 0): anywhere from half a second to a bound that doubles up to
 * 30 s.
 */
export function backoff(attempt: number, clock: Clock): number {
  return 500 + clock.random() * (Math.min(30_000, 1000 * 2 ** attempt) - 500);
}
