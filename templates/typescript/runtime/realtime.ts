import type { AnyChannel, Channel } from './channel.js';
import { methods, serverURL, type HttpClientOptions } from './client.js';
import { httpTransport } from './http.js';
import type { WebSocketConstructor } from './link.js';
import type { Api, TransportChoice } from './operation.js';
import { socketTransport, type ConnectionState } from './socket.js';

/** The options of a client. All may be left out. */
export interface ClientOptions extends HttpClientOptions {
  /**
   * How calls travel. With `auto`, the default, by socket when the operation can be called by it and the socket is usable,
   * else by HTTP. `socket` waits for the socket. An operation that cannot be called by socket always takes HTTP.
   */
  readonly transport?: TransportChoice | undefined;
  /** Connects by itself, in the next tick or with the first call; true unless said otherwise, or calls take HTTP. */
  readonly autoConnect?: boolean | undefined;
  /** In place of the global WebSocket, which Node has from version 22 on. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /**
   * Told of what no call can report: faults of the protocol, listeners that throw. The default writes to the
   * console.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What a client tells about its connection. */
export interface ConnectionEvents {
  /** The state has changed. */
  state: [state: ConnectionState];
  /** The socket is open, for the first time or again. */
  connect: [];
  /** The socket is not open any more. */
  disconnect: [];
  /** The server was generated from another version of the document; this is its fingerprint. */
  stale: [spec: string];
}

/** What every client has beside the operations of its document. */
export interface Connection<Channels> {
  /** Where the socket stands. */
  readonly state: ConnectionState;
  /**
   * What the connection in use is: a WebSocket, or the event stream that stands in for it where none can be opened.
   * Undefined while there is none; then, and beside a stream, calls take HTTP.
   */
  readonly transport: 'socket' | 'stream' | undefined;
  /** Connects the socket, and resolves when it is open. Harmless when it is. */
  connect(): Promise<void>;
  /** Closes the socket for good; harmless when it is closed. `connect` opens it again, with its channels. */
  disconnect(): void;
  /** Listens to the connection; the returned function ends that. */
  on<E extends keyof ConnectionEvents>(event: E, listener: (...values: ConnectionEvents[E]) => void): () => void;
  /** Takes a listener away again. */
  off<E extends keyof ConnectionEvents>(event: E, listener: (...values: ConnectionEvents[E]) => void): void;
  /**
   * The handle of a channel, so that listeners can be bound before an operation subscribes to it. It does
   * not subscribe by itself.
   */
  channel<Name extends keyof Channels>(
    name: Name,
    params: Channels[Name] extends AnyChannel ? Channels[Name]['params'] : never,
  ): Channels[Name] extends AnyChannel ? Channel<Channels[Name]> : never;
}

/** createClient makes an emitted client: the methods of its operations, over both transports, and the connection. */
export function createClient<Client>(api: Api, options: ClientOptions = {}): Client {
  const url = serverURL(api, options);
  const calls = {};
  const socket = socketTransport({
    ...options,
    api,
    url,
    http: httpTransport({ ...options, url }),
    calls,
    report(error) {
      try {
        (options.onError ?? console.error)(error);
      } catch {
        // Nobody is left to be told.
      }
    },
  });
  Object.assign(calls, methods(api, options, socket, options.transport ?? 'auto'));
  return Object.assign(socket.connection, calls) as Client;
}
