import { decodeBody, encodeBody, essence } from './body.js';
import { RtgenError } from './error.js';
import { headerObject } from './headers.js';
import { cookies, target } from './params.js';
import type { AnyResult } from './result.js';
import type { Call, Credentials, Transport } from './transport.js';

/** The part of fetch that we use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What the HTTP transport needs to know. */
export interface HttpConfig {
  /** The server's URL, without a slash at the end. */
  readonly url: string;
  readonly fetch?: Fetch | undefined;
  readonly auth?: (() => Credentials | undefined | Promise<Credentials | undefined>) | undefined;
}

/** Calls operations by plain HTTP requests. */
export class HttpTransport implements Transport {
  readonly #config: HttpConfig;

  constructor(config: HttpConfig) {
    this.#config = config;
  }

  async call(call: Call): Promise<AnyResult> {
    const { url, fetch = globalThis.fetch, auth } = this.#config;
    const request = prepare(call);
    const credentials = call.headers.has('authorization') ? undefined : await auth?.();
    if (credentials) call.headers.set('authorization', `${credentials.scheme} ${credentials.token}`);
    call.signal.throwIfAborted();
    try {
      return await read(call, await fetch(url + request.target, request.init));
    } catch (cause) {
      if (call.signal.aborted) throw call.signal.reason;
      if (cause instanceof RtgenError) throw cause;
      throw new RtgenError('network', `${call.op}: ${String(cause)}`, { cause, outcomeUnknown: true });
    }
  }
}

function prepare(call: Call): { target: string; init: RequestInit } {
  const { row, request, headers, signal, redirect } = call;
  const [method = '', template = ''] = row.route.split(' ');
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal, redirect };
  if (request.cookies) headers.set('cookie', cookies(row, request.cookies));
  const type = headers.get('content-type');
  if (type !== null && request.body !== undefined) {
    init.body = encodeBody(row, type, request.body) as NonNullable<RequestInit['body']>;
    if (init.body instanceof FormData) headers.delete('content-type'); // fetch adds it, with the boundary
    if (init.body instanceof ReadableStream) init.duplex = 'half';
  }
  return { target: target(row, template, request.path, request.query), init };
}

async function read(call: Call, response: Response): Promise<AnyResult> {
  const { status, ok } = response;
  if (!status) throw new RtgenError('status', `${call.op}: a redirect that browsers do not show`);
  const type = essence(response.headers.get('content-type') ?? '');
  return {
    status,
    ok,
    body: /^HEAD /.test(call.row.route) || /^(20[45]|304)$/.test(`${status}`) ? undefined : await decodeBody(response, type),
    headers: headerObject(response.headers as unknown as Iterable<[string, string]>),
    channels: {},
    type,
    transport: 'http',
  };
}
