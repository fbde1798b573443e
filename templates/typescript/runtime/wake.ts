interface Target {
  addEventListener(type: string, listener: () => unknown, options: { readonly signal: AbortSignal }): void;
}

interface Page extends Partial<Target> {
  readonly document?: Target & { readonly hidden: boolean };
}

/**
 * Calls `wake` when a page is shown again or its network is back, until the signal fires; does nothing where there
 * is no page.
 */
export function onWake(wake: () => void, signal: AbortSignal): void {
  const { document, addEventListener } = globalThis as unknown as Page;
  addEventListener?.('online', wake, { signal });
  document?.addEventListener('visibilitychange', () => document.hidden || wake(), { signal });
}
