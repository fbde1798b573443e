import type { AnyRequest, Api, CallOptions, OperationRow, TransportChoice } from './operation.js';
import type { AnyResult } from './result.js';

/** A call on its way to a transport: checked, with its headers settled and its deadline running. */
export interface Call {
  readonly api: Api;
  /** The operationId. */
  readonly op: string;
  readonly row: OperationRow;
  readonly request: AnyRequest;
  /** All headers of the call, the content type included. */
  readonly headers: Headers;
  /** Fires with an RtgenError as its reason. */
  readonly signal: AbortSignal;
  /** Milliseconds, for the server to know. */
  readonly timeout: number | undefined;
  readonly choice: TransportChoice;
  /** What the caller said beside the request. */
  readonly options: CallOptions;
  /** The call has subscribed and is being made again, for this connection. */
  running?: object | undefined;
}

/**
 * The seam between the client and the ways to reach a server. A transport gives every answer that it
 * receives, whatever its status, and rejects with an RtgenError when there is none.
 */
export interface Transport {
  call(call: Call): Promise<AnyResult>;
}

/** What a server wants to know about the caller; `scheme` is an HTTP authentication scheme such as `Bearer`. */
export interface Credentials {
  readonly scheme: string;
  readonly token: string;
}
