import type { AnyResult } from './result.js';

/**
 * One operation as data: what the runtime must know to call it. Everything that is usual is left out.
 */
export interface OperationRow {
  /** Method and path template: `'POST /rooms/{roomId}/messages'`. */
  readonly route: string;
  /** The documented statuses: `'200 404 5XX default'`. Left out when it would be `'default'`. */
  readonly status?: string;
  /** The operationId, where the method has another name than the operation. */
  readonly id?: string;
  /** Request media types, first the one taken when the caller names none; left out for JSON. */
  readonly body?: string;
  /**
   * Parameter styles that are not the default of their location, by `location.name`. The value is the
   * style, with `*` behind it for explode and `+` for allowReserved: `{'query.ids': 'pipeDelimited'}`,
   * `{'path.id': 'matrix*'}`; `json` is a parameter whose content is JSON. The location `body` is for form bodies.
   */
  readonly style?: { readonly [parameter: string]: string };
  /** True where the operation cannot be called by socket. */
  readonly http?: boolean;
  /** True where answers are meant for shared caches, so that HTTP is the better way. */
  readonly cached?: boolean;
  /** True where the response is the channel itself: the operation is of use by socket only. */
  readonly stream?: boolean;
  /** The channels that the operation subscribes to. */
  readonly subscribe?: { readonly [channel: string]: Bindings };
}

/**
 * Where a channel's parameters come from in the subscribing (or leaving) request: `{roomId: 'path.id'}` or, in the
 * response, `{id: 'body.id'}`. A parameter that is not mentioned is the path parameter of the same name.
 */
export interface Bindings {
  readonly [parameter: string]: string;
}

/** One channel as data. */
export interface ChannelRow {
  /** `'rooms/{roomId}'`. */
  readonly address: string;
  /** The operation that unsubscribes, where there is one. */
  readonly leave?: string;
  /** Where its request takes the channel's parameters, where not from the path by the same name. */
  readonly bind?: Bindings;
}

/** A document as data: what an emitted client hands to the runtime. */
export interface Api {
  readonly operations: { readonly [name: string]: OperationRow };
  readonly channels?: { readonly [name: string]: ChannelRow };
  /** The server of the document; the option `url` goes before it. */
  readonly url?: string;
  /** The path of the socket, below the server's URL. */
  readonly endpoint?: string;
  /** The fingerprint of the document. */
  readonly spec?: string;
}

/** A request, as the transports see it. */
export interface AnyRequest {
  readonly path?: object | undefined;
  readonly query?: object | undefined;
  readonly headers?: object | undefined;
  readonly cookies?: object | undefined;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
}

/** An operation in types: the shape of the members of an emitted `Operations`. */
export interface AnyOperation {
  readonly request: unknown;
  readonly result: AnyResult;
}

/** Which way a call goes. */
export type TransportChoice = 'auto' | 'socket' | 'http';

/** Headers to send by name; undefined takes away what an outer layer set. */
export interface HeaderValues {
  readonly [name: string]: string | undefined;
}

/** What can be said about one call, beside its parameters. */
export interface CallOptions {
  /** Gives the call up: it rejects with the code `aborted`, and the server is told. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call is given up; overrides the client's. */
  readonly timeout?: number | undefined;
  /** Overrides the client's transport. */
  readonly transport?: TransportChoice | undefined;
  /** Headers beside those of the document; they win over the client's. */
  readonly headers?: HeaderValues | undefined;
  /** Sent as `Idempotency-Key`: calls with one key do their work once. */
  readonly idempotencyKey?: string | undefined;
  /** What HTTP does with a redirect. The default `manual` gives it to the caller, as the socket does. */
  readonly redirect?: 'manual' | 'follow' | undefined;
}
