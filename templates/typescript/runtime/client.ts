import { isJSON } from './body.js';
import { after, type Clock } from './clock.js';
import { deadline } from './deadline.js';
import { RtgenError } from './error.js';
import { layer } from './headers.js';
import { httpTransport, type Fetch } from './http.js';
import type {
  AnyOperation,
  AnyRequest,
  Api,
  CallOptions,
  HeaderValues,
  OperationRow,
  TransportChoice,
} from './operation.js';
import { documented, type AnyResult } from './result.js';
import type { Credentials, Transport } from './transport.js';

/** The options of a client that uses HTTP only. */
export interface HttpClientOptions {
  /** The server's URL; left out, it is the first server of the document. */
  readonly url?: string | undefined;
  /** Sent with every call; a function is asked each time. */
  readonly headers?: HeaderValues | (() => HeaderValues) | undefined;
  /**
   * Gives the credentials: before each HTTP request, for each connection of the socket, and when the server says
   * that they are about to expire. Keep what is still good; undefined means none.
   */
  readonly auth?: (() => Credentials | undefined | Promise<Credentials | undefined>) | undefined;
  /** Milliseconds for a call; left out, a call has all the time it wants. */
  readonly timeout?: number | undefined;
  /** In place of the global fetch. */
  readonly fetch?: Fetch | undefined;
  /** In place of the real time; for tests. */
  readonly clock?: Clock | undefined;
}

/** The arguments of a call: the request may be left out where it has no required member. */
export type CallArguments<Request> = unknown extends Request
  ? [request?: Request, options?: CallOptions]
  : Record<never, never> extends Request
    ? [request?: Request, options?: CallOptions]
    : [request: Request, options?: CallOptions];

/**
 * Calls by method and path template, such as `client.get('/rooms/{roomId}/messages', {path: {roomId}})`: the
 * operation that the document has there, so the same call as by its name.
 */
export type PathCalls<Operations, Paths> = {
  readonly [Method in keyof Paths]: <Path extends keyof Paths[Method]>(
    path: Path,
    ...args: CallArguments<RequestAt<Operations, Paths[Method][Path]>>
  ) => Promise<ResultAt<Operations, Paths[Method][Path]>>;
};

type RequestAt<Operations, Name> = Name extends keyof Operations
  ? Operations[Name] extends AnyOperation ? Operations[Name]['request'] : never
  : never;
type ResultAt<Operations, Name> = Name extends keyof Operations
  ? Operations[Name] extends AnyOperation ? Operations[Name]['result'] : never
  : never;

/** One function of a client, before it gets its type. */
type Method = (request?: AnyRequest, options?: CallOptions) => Promise<AnyResult>;

/**
 * createHttpClient makes the methods of an emitted client, all of which use HTTP. Bundlers leave the
 * socket out of a program that makes no other client. Without a socket nothing is subscribed to: the `channels` of
 * results are empty.
 */
export function createHttpClient<Client>(api: Api, options: HttpClientOptions = {}): Client {
  return methods(api, options, httpTransport({ ...options, url: serverURL(api, options) }), 'http') as Client;
}

/** The server's URL, from the options or the document, without a slash at the end. */
export const serverURL = (api: Api, { url = api.url ?? '' }: HttpClientOptions): string => url.replace(/\/$/, '');

/** One function per operation, and one per HTTP method for calls by path. */
export function methods(api: Api, config: HttpClientOptions, transport: Transport, usual: TransportChoice): object {
  const { headers: common, clock = { after } } = config;

  const run = async (op: string, row: OperationRow, request: AnyRequest, options: CallOptions): Promise<AnyResult> => {
    const { idempotencyKey, timeout = config.timeout, transport: wanted = usual } = options;
    const { body, contentType = row.body ?? 'application/json' } = request;
    const { signal, end } = deadline(clock, options.signal, timeout);
    try {
      signal.throwIfAborted();
      const headers = layer(
        { api, row },
        typeof common === 'function' ? common() : common,
        { 'idempotency-key': idempotencyKey },
        options.headers,
        request.headers,
        body !== undefined && { 'content-type': contentType },
      );
      // What cannot travel in a JSON frame takes HTTP, silently: the answer is the same.
      const framed = !row.http && !request.cookies && (body === undefined || isJSON(contentType));
      const choice = framed && !(row.cached && wanted === 'auto') ? wanted : 'http';
      return documented(await transport.call({ api, op, row, request, headers, signal, timeout, choice, options }), row.status);
    } catch (cause) {
      // Whatever has no code yet has gone wrong before anything was sent.
      throw cause instanceof RtgenError ? cause : new RtgenError('request', `${op}: ${cause}`, { cause });
    } finally {
      end();
    }
  };

  const client: { [name: string]: unknown } = {};
  const routes = new Map<string, Method>();
  for (const [name, row] of Object.entries(api.operations)) {
    const [method] = row.route.split(/ (.*)/) as [string];
    const call: Method = (request = {}, options = {}) => run(row.id ?? name, row, request, options);
    routes.set(row.route, (client[name] = call));
    client[method.toLowerCase()] = async (path: string, request?: AnyRequest, options?: CallOptions) => {
      const found = routes.get(method + ' ' + path);
      if (!found) throw new RtgenError('request', `no ${method} ${path}`);
      return found(request, options);
    };
  }
  return client;
}
