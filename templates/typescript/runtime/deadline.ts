import type { Clock } from './clock.js';
import { RtgenError } from './error.js';

/** A signal that fires when the caller's does or when the time is over, always with an RtgenError. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Lets go of the timer and of the caller's signal. */
  end(): void;
}

/** Joins the caller's signal and a timeout in milliseconds; both may be missing. */
export function deadline(clock: Pick<Clock, 'after'>, outer?: AbortSignal, timeout?: number): Deadline {
  const controller = new AbortController();
  const stop = (code: 'aborted' | 'timeout', outcomeUnknown = true) =>
    controller.abort(new RtgenError(code, `call ${code}`, { cause: outer?.reason, outcomeUnknown }));
  const aborted = () => stop('aborted');
  const cancel = timeout != null && clock.after(timeout, () => stop('timeout'));
  outer?.addEventListener('abort', aborted);
  if (outer?.aborted) stop('aborted', false);
  return {
    signal: controller.signal,
    end() {
      if (cancel) cancel();
      outer?.removeEventListener('abort', aborted);
    },
  };
}
