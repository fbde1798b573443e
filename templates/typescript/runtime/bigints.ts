import { isJSON } from './body.js';
import type { ConvertOptions, Step } from './convert.js';
import type { Fetch } from './http.js';
import type { WebSocketConstructor, WebSocketLike } from './link.js';
import type { Api } from './operation.js';
import type { Codec, Codecs } from './shapes.js';

// JSON.parse rounds integers beyond 2^53, and JSON.stringify refuses a bigint. So such integers stand between JSON
// and the wire as strings that begin with a mark: a noncharacter, which Unicode keeps for such internal use.

const mark = '\uFDD0';
const marked = /^\uFDD0-?\d+$/;
const text = /"(?:[^"\\]|\\.)*"/g;
const textOrLong = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/** Marks the integers of a JSON text that no number holds; what stands in strings stays. */
const marking = (json: string): string =>
  json.replace(textOrLong, (token) =>
    token[0] === '"' || Number.isSafeInteger(Number(token)) ? token : `"${mark}${token}"`,
  );

/** Takes the marks of a JSON text away. */
const unmarking = (json: string): string =>
  json.replace(text, (token) => (marked.test(token.slice(1, -1)) ? token.slice(2, -1) : token));

/** A copy of a list or of an object whose parts have been through `change`; anything else as it is. */
function each(value: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (!(value instanceof Object) || Symbol.toStringTag in value || 'toJSON' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
}

const fromMarks = (value: unknown): unknown =>
  typeof value === 'string' && marked.test(value) ? BigInt(value.slice(1)) : each(value, fromMarks);

const toMarks = (value: unknown): unknown => {
  if (typeof value !== 'bigint') return each(value, toMarks);
  return Number.isSafeInteger(Number(value)) ? Number(value) : mark + value;
};

const toText = (value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : each(value, toText));

/** rounded gives the nearest number for each bigint: what a value gets that is no `int64`. */
export const rounded = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : each(value, rounded));

const codec: Codec = {
  take: (value) => (typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as number) : undefined),
  give: (value) => (typeof value === 'bigint' ? value : undefined),
};

/** bigints makes a bigint of each `int64` and of each `uint64`. */
export const bigints: Codecs = { int64: codec, uint64: codec };

/** The step between JSON and all others, for a client with the options that {@link exact} gives. */
export const longs = ({ operations }: Api): Step => {
  const types = new Map(Object.entries(operations).map(([name, { id = name, body = '/json' }]) => [id, body]));
  return {
    send(op, { path, query, headers, cookies, body, contentType }) {
      const written = isJSON(contentType ?? types.get(op) ?? '') ? toMarks(body) : toText(body);
      const params = [toMarks(path), toMarks(query), toText(headers), toText(cookies)] as (object | undefined)[];
      return { path: params[0], query: params[1], headers: params[2], cookies: params[3], body: written, contentType };
    },
    reply: (_, { body }) => fromMarks(body),
    event: (_, __, data) => fromMarks(data),
    parse: (text) => JSON.parse(marking(text)),
  };
};

/** exact are the options of a client that reads and writes every integer as it is. */
export function exact<Options extends ConvertOptions & { readonly WebSocket?: WebSocketConstructor | undefined }>(
  options?: Options,
): Options {
  const { fetch = globalThis.fetch, WebSocket = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket } =
    options ?? ({} as Options);
  return { ...options, fetch: exactFetch(fetch), WebSocket: WebSocket && exactSocket(WebSocket) } as Options;
}

const exactFetch = (fetch: Fetch): Fetch => async (url, init) => {
  const { body } = init;
  const address = url.replaceAll(encodeURIComponent(mark), '');
  const response = await fetch(address, typeof body === 'string' ? { ...init, body: unmarking(body) } : init);
  if (!response.body || !isJSON(response.headers.get('content-type') ?? '')) return response;
  return new Response(marking(await response.text()), response);
};

const exactSocket = (Socket: WebSocketConstructor): WebSocketConstructor =>
  class implements WebSocketLike {
    onopen: WebSocketLike['onopen'] = null;
    onmessage: WebSocketLike['onmessage'] = null;
    onclose: WebSocketLike['onclose'] = null;
    onerror: WebSocketLike['onerror'] = null;
    readonly #socket: WebSocketLike;

    constructor(url: string, protocols?: string | string[]) {
      this.#socket = new Socket(url, protocols);
      this.#socket.onopen = (event) => this.onopen?.(event);
      this.#socket.onclose = (event) => this.onclose?.(event);
      this.#socket.onerror = (event) => this.onerror?.(event);
      this.#socket.onmessage = ({ data }: { readonly data: unknown }) =>
        this.onmessage?.({ data: typeof data === 'string' ? marking(data) : data } as never);
    }

    get protocol(): string {
      return this.#socket.protocol;
    }

    send(data: string): void {
      this.#socket.send(unmarking(data));
    }

    close(code?: number, reason?: string): void {
      this.#socket.close(code, reason);
    }
  };
