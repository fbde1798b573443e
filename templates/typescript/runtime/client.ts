import { isJSON } from './body.js';
import { systemClock, type Clock } from './clock.js';
import { deadline } from './deadline.js';
import { RtgenError } from './error.js';
import { layer } from './headers.js';
import { HttpTransport, type Fetch } from './http.js';
import type { AnyOperation, AnyRequest, Api, CallOptions, HeaderValues, OperationRow, TransportChoice } from './operation.js';
import { headerValue } from './params.js';
import { documented, type AnyResult } from './result.js';
import type { Call, Credentials, Transport } from './transport.js';

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
  /** For tests. */
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
 * socket out of a program that makes no other client.
 */
export function createHttpClient<Client>(api: Api, options: HttpClientOptions = {}): Client {
  return methods(api, options, new HttpTransport(httpConfig(api, options)), 'http') as Client;
}

/** The settings of the HTTP transport, from the document and the options. */
export function httpConfig(api: Api, options: HttpClientOptions) {
  return { url: (options.url ?? api.url ?? '').replace(/\/$/, ''), fetch: options.fetch, auth: options.auth };
}

/** One function per operation, and one per HTTP method for calls by path. */
export function methods(api: Api, options: HttpClientOptions, transport: Transport, usual: TransportChoice): object {
  const byRoute = new Map<string, Method>();
  const client: { [name: string]: unknown } = {};
  for (const [name, row] of Object.entries(api.operations)) {
    const method: Method = (request = {}, call = {}) => run(row.id ?? name, row, request, call, options, transport, usual);
    client[name] = method;
    byRoute.set(row.route, method);
    const verb = row.route.split(' ', 1)[0]!;
    client[verb.toLowerCase()] = async (path: string, request?: AnyRequest, call?: CallOptions) => {
      const found = byRoute.get(`${verb} ${path}`);
      if (!found) throw new RtgenError('request', `the document has no ${verb} ${path}`);
      return found(request, call);
    };
  }
  return client;
}

async function run(
  op: string,
  row: OperationRow,
  request: AnyRequest,
  options: CallOptions,
  { headers, timeout, clock = systemClock }: HttpClientOptions,
  transport: Transport,
  usual: TransportChoice,
): Promise<AnyResult> {
  const limit = options.timeout ?? timeout;
  const type = request.contentType ?? row.body?.split(' ', 1)[0] ?? 'application/json';
  const settled = layer(
    typeof headers === 'function' ? headers() : headers,
    options.idempotencyKey === undefined ? undefined : { 'idempotency-key': options.idempotencyKey },
    options.headers,
    headerParameters(row, request),
    request.body === undefined ? undefined : { 'content-type': type },
  );
  const scope = deadline(clock, options.signal, limit);
  try {
    const call: Call = {
      op,
      row,
      request,
      headers: settled,
      signal: scope.signal,
      timeout: limit,
      choice: choose(row, request, type, options.transport ?? usual),
      redirect: options.redirect ?? 'manual',
    };
    if (scope.signal.aborted) throw scope.signal.reason;
    return documented(await transport.call(call), row.status);
  } finally {
    scope.end();
  }
}

/** What cannot travel in a JSON frame takes HTTP, silently: the answer is the same. */
function choose(row: OperationRow, request: AnyRequest, type: string, wanted: TransportChoice): TransportChoice {
  if (row.http || request.cookies || (request.body !== undefined && !isJSON(type))) return 'http';
  return row.cached && wanted === 'auto' ? 'http' : wanted;
}

function headerParameters(row: OperationRow, request: AnyRequest): HeaderValues {
  const values: { [name: string]: string | undefined } = Object.create(null);
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    values[name] = value == null ? undefined : headerValue(row, name, value);
  }
  return values;
}
