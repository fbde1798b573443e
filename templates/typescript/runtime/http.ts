import { decode, essence, isJSON } from './body.js';
import { RtgenError } from './error.js';
import { headerObject } from './headers.js';
import { pairs, target } from './params.js';
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
export const httpTransport = ({ url, fetch = globalThis.fetch, auth }: HttpConfig): Transport => ({
  async call(call) {
    const { row, headers, signal } = call;
    const [method, template] = row.route.split(/ (.*)/) as [string, string]; // a template may have spaces too
    const address = url + target(call, template);
    const init = { body: encoded(call), method, headers, signal, redirect: 'manual' as const, duplex: 'half' as const };
    const credentials = !headers.has('authorization') && (await auth?.());
    if (credentials) headers.set('authorization', `${credentials.scheme} ${credentials.token}`);
    try {
      const response = await fetch(address, init);
      const { status, ok } = response;
      const type = essence(response.headers.get('content-type'));
      return {
        status,
        ok,
        body: await (call.api.streams?.body ?? decode)(response, type, call),
        headers: headerObject(response.headers),
        channels: {},
        type,
        transport: 'http',
      };
    } catch (cause) {
      const code = cause instanceof SyntaxError ? 'protocol' : 'network';
      throw signal.aborted ? signal.reason : new RtgenError(code, `${call.op}: ${cause}`, { cause, outcomeUnknown: true });
    }
  },
});

/** The body in the form that its media type asks for; sets the headers that depend on it. */
function encoded(call: Call): NonNullable<RequestInit['body']> {
  const { api, request, headers } = call;
  const type = headers.get('content-type')!; // a body has one
  let { body, cookies } = request;
  if (cookies) headers.set('cookie', pairs(call, 'cookie', cookies).replace(/&/g, '; '));
  if (body !== undefined) body = isJSON(type) ? JSON.stringify(body) : (api.forms?.(call, type, body) ?? body);
  if (body instanceof FormData) headers.delete('content-type'); // fetch adds it, with the boundary
  return body as NonNullable<RequestInit['body']>;
}
