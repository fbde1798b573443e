import type { Clock } from './clock.js';
import { RtgenError } from './error.js';

/** A signal that fires when the caller's does or when the time is over, always with an RtgenError. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Lets go of the timer and of the caller's signal. */
  end(): void;
}

/** Joins the caller's signal and a timeout in milliseconds; both may be missing. */
export function deadline(clock: Clock, outer?: AbortSignal, timeout?: number): Deadline {
  const controller = new AbortController();
  const stop = (error: RtgenError) => controller.abort(error);
  const aborted = () =>
    stop(new RtgenError('aborted', 'the call was given up', { cause: outer?.reason, outcomeUnknown: true }));
  const cancel = timeout === undefined ? undefined : clock.after(timeout, () =>
    stop(new RtgenError('timeout', `no answer within ${timeout} ms`, { outcomeUnknown: true })));
  if (outer?.aborted) aborted();
  else outer?.addEventListener('abort', aborted);
  return {
    signal: controller.signal,
    end() {
      cancel?.();
      outer?.removeEventListener('abort', aborted);
    },
  };
}
