import { subprotocol } from './frame.js';
import type { Fetch } from './http.js';
import type { WebSocketLike } from './link.js';

/**
 * The event stream of a server as a WebSocket that only listens: the hello, which is sent first, opens it, and nothing
 * else that is sent goes anywhere. Calls take HTTP beside it.
 */
export function eventStream(url: string, fetch: Fetch): WebSocketLike {
  const gone = new AbortController();
  const socket: WebSocketLike = {
    protocol: subprotocol,
    async send(body) {
      socket.send = async () => {};
      let code: number | undefined;
      try {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(url, { method: 'POST', headers, body, signal: gone.signal });
        code = { 401: 4101, 403: 4003 }[response.status];
        const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
        let rest = '';
        for (let got; !(got = await reader.read()).done; ) {
          // A frame on each line of data; what ends an event says nothing more, and the last line may go on.
          rest = (rest + got.value).replace(/(data:)?(.*?)\n/gs, (_, frame?: string, data?: string) => {
            if (frame) socket.onmessage!({ data } as never);
            return '';
          });
        }
      } catch {
        // Lost, as a socket is.
      }
      socket.onclose!({ code } as never);
    },
    close: () => gone.abort(),
  } as Partial<WebSocketLike> as WebSocketLike;
  queueMicrotask(() => socket.onopen!({} as never));
  return socket;
}
