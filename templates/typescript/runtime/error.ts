/**
 * What went wrong, when a call did not end with an answer of the document.
 *
 * | code | meaning |
 * |---|---|
 * | `request` | the request cannot be sent as given: a path parameter is missing, a header is not legal |
 * | `network` | the HTTP exchange failed |
 * | `timeout` | the time given with `timeout` is over |
 * | `aborted` | the caller's signal fired |
 * | `lost` | the socket went away while the call was in flight, or a streamed answer was cut short |
 * | `closed` | the socket is closed, and the call may not take HTTP |
 * | `protocol` | the other side sent something that the protocol does not allow |
 * | `status` | an answer arrived, with a status that the document does not list; it is in `result` |
 * | `credentials` | the server refused the credentials twice in a row |
 * | `refused` | the server closed the socket for good; why is in `closeCode` |
 * | `unsupported` | something that the client needs is not here, such as `Temporal` |
 * | `validation` | what arrived is not what the document says, in a client that checks or converts it; see `violations` |
 */
export type ErrorCode =
  | 'request'
  | 'network'
  | 'timeout'
  | 'aborted'
  | 'lost'
  | 'closed'
  | 'protocol'
  | 'status'
  | 'credentials'
  | 'refused'
  | 'unsupported'
  | 'validation';

/** One rule of the document that a value breaks. */
export interface Violation {
  /** Where: a JSON pointer (RFC 6901) into the value, empty for the whole. */
  readonly pointer: string;
  /** The keyword of JSON Schema: `required`, `maxLength`. */
  readonly rule: string;
  /** What is wrong, for people: `must have at most 40 characters`. */
  readonly message: string;
}

/** What an {@link RtgenError} knows beyond its code and message. */
export interface ErrorDetails {
  /** The error or value underneath. */
  readonly cause?: unknown;
  readonly outcomeUnknown?: boolean;
  readonly result?: unknown;
  readonly closeCode?: number;
  readonly violations?: readonly Violation[];
}

/** The one error that the client throws, rejects with and reports. */
export class RtgenError extends Error {
  /** What went wrong, for programs. */
  declare readonly code: ErrorCode;
  /**
   * True when nobody can tell whether the server did the work: the connection dropped, or the caller
   * gave up, after the request had left. Repeat such a call with the same `idempotencyKey`, or not at all.
   */
  declare readonly outcomeUnknown: boolean;
  /** The answer, where there was one. */
  declare readonly result: unknown;
  /** The close code of the socket, where it was closed. */
  declare readonly closeCode: number | undefined;
  /** What is wrong with what arrived, for the code `validation`; a hundred at most. */
  declare readonly violations: readonly Violation[] | undefined;

  constructor(code: ErrorCode, message: string, details?: ErrorDetails) {
    super(message);
    Object.assign(this, { name: 'RtgenError', code, outcomeUnknown: false }, details);
  }
}
