import type { ChannelHandle } from './channel.js';
import type { Forms } from './forms.js';
import type { AnyResult } from './result.js';
import type { ItemKind, Streams } from './streams.js';
import type { Styles } from './styles.js';

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
  /** The request media type taken when the caller names none; left out for `application/json`. */
  readonly body?: string;
  /**
   * Styles of parameters by `location.name`, for all objects and for what differs from the default of its location.
   * The value is the style, with `*` behind it for explode and `+` for allowReserved: `{'query.ids': 'pipeDelimited'}`,
   * `{'path.id': 'matrix*'}`. A character behind it is the text that ends the value in a path: `{'path.name': 'simple.'}`. A parameter with JSON content is `json` in a query, `jsonValue` elsewhere. The location
   * `body` is for the members of forms; in multipart forms the value is a media type.
   */
  readonly style?: { readonly [parameter: string]: string };
  /** True where the operation cannot be called by socket. */
  readonly http?: boolean;
  /** True where answers are meant for shared caches, so that HTTP is the better way. */
  readonly cached?: boolean;
  /** True where the response is the channel itself: the operation is of use by socket only. */
  readonly stream?: boolean;
  /**
   * What the items of a streamed answer are, where they are not JSON values: texts (`text`), or server-sent events as
   * a whole, with data that is JSON (`event`) or text (`textEvent`).
   */
  readonly items?: ItemKind;
}

/** One channel as data. */
export interface ChannelRow {
  /** `'rooms/{roomId}'`. */
  readonly address: string;
  /** The method that unsubscribes, where there is one that takes the path of the subscribing call. */
  readonly leave?: string;
}

/** A document as data: what an emitted client hands to the runtime. */
export interface Api {
  readonly operations: { readonly [name: string]: OperationRow };
  readonly channels?: { readonly [name: string]: ChannelRow };
  /** The server of the document; the option `url` goes before it. */
  readonly url?: string;
  /** The path of the socket, below the server's URL. */
  readonly endpoint?: string;
  /** The path of the event stream, where it is not the usual one. */
  readonly stream?: string;
  /** The fingerprint of the document. */
  readonly spec?: string;
  /** For documents with operations that have a `style`. */
  readonly styles?: Styles;
  /** For documents with bodies that are forms. */
  readonly forms?: Forms;
  /** Told of every channel before its first event. */
  readonly channel?: (channel: ChannelHandle) => void;
  /** For documents with answers that come item by item. */
  readonly streams?: Streams;
  /** Reads the items of an answer streamed by HTTP, in place of JSON.parse. */
  readonly parse?: ((text: string) => unknown) | undefined;
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

/**
 * Which way a call goes: by socket if that is possible and up, else by HTTP; by socket only; by HTTP only, where
 * nothing is subscribed to and the `channels` of the result are empty.
 */
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
  /**
   * Sent as `Idempotency-Key`: calls with one key do their work once. When the client makes a subscribing call again by itself,
   * for a new snapshot, it goes without.
   */
  readonly idempotencyKey?: string | undefined;
}
