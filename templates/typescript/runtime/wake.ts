/** Calls `wake` when a page is shown again or its network is back; does nothing where there is no page. */
export function onWake(wake: () => void): () => void {
  const { document, addEventListener, removeEventListener } = globalThis as unknown as Page;
  const shown = () => document?.visibilityState === 'visible' && wake();
  addEventListener?.('online', wake);
  document?.addEventListener('visibilitychange', shown);
  return () => {
    removeEventListener?.('online', wake);
    document?.removeEventListener('visibilitychange', shown);
  };
}

interface Target {
  addEventListener(type: string, listener: () => unknown): void;
  removeEventListener(type: string, listener: () => unknown): void;
}

interface Page extends Partial<Target> {
  readonly document?: Target & { readonly visibilityState: string };
}
