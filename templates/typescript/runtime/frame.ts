// The wire protocol rtgen.v1 as types and nothing else. A WebSocket message is one or more frames, each a JSON object on
// a line of its own; the runtime of the server has the same page.

/** The subprotocol: version 1, frames as JSON text. */
export const subprotocol = 'rtgen.v1.json';

/** A place in a channel's history: `last` is the id of the event at `seq`. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
  readonly last?: string | undefined;
}

/** What a client sends. */
export type ClientFrame =
  | {
      readonly t: 'hello';
      readonly spec?: string | undefined;
      readonly client: string;
      readonly auth?: { readonly scheme: string; readonly token: string } | undefined;
      readonly resume?: readonly Resume[] | undefined;
    }
  | {
      readonly t: 'call';
      readonly id: number;
      readonly op: string;
      readonly path?: object | undefined;
      readonly query?: object | undefined;
      readonly headers?: { readonly [name: string]: string } | undefined;
      readonly body?: unknown;
      readonly timeout?: number | undefined;
    }
  | { readonly t: 'cancel'; readonly id: number }
  | { readonly t: 'auth'; readonly id: number; readonly scheme: string; readonly token: string }
  | { readonly t: 'pong'; readonly n?: number | undefined }
  | { readonly t: 'probe' };

/** A subscribing call to take up again, with the positions of its channels. */
export interface Resume {
  readonly op: string;
  readonly path?: object | undefined;
  readonly query?: object | undefined;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly ch: readonly (Position & { readonly name: string; readonly address: string })[];
}

/** A channel that a call joined. */
export interface Joined extends Position {
  /** The number that stands for the channel on this connection. */
  readonly ch: number;
  /** The channel's name in the document. */
  readonly name: string;
  /** `rooms/9f…` */
  readonly address: string;
}

/** The answer to a call. */
export interface ResFrame {
  readonly t: 'res';
  readonly id: number;
  readonly status: number;
  readonly headers?: { readonly [name: string]: string } | undefined;
  readonly body?: unknown;
  /** How `body` holds what is not JSON. */
  readonly enc?: 'text' | 'base64' | undefined;
  readonly subs?: readonly Joined[] | undefined;
  /** Items follow, in place of a body. */
  readonly stream?: boolean | undefined;
  /** It has not run, and may be made again by another connection. */
  readonly again?: boolean | undefined;
}

/** One item of a streamed answer; `event`, `eid` and `retry` where it is a whole server-sent event. */
export interface ItemFrame {
  readonly t: 'item';
  readonly id: number;
  readonly event?: string | undefined;
  readonly eid?: string | undefined;
  readonly retry?: number | undefined;
  readonly body?: unknown;
}

/** No more items; with a problem, the answer was cut short. */
export interface EndFrame {
  readonly t: 'end';
  readonly id: number;
  readonly problem?: unknown;
}

/** What became of a channel after a reconnect, or on the server's own account. */
export interface ChFrame extends Joined {
  readonly t: 'ch';
  readonly state: 'live' | 'reset' | 'gone';
  readonly recovered?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** One event. Without `seq` it is volatile: it is no part of the history and moves no position. */
export interface EvFrame {
  readonly t: 'ev';
  /** The number of the channel; 0 for an event to this socket alone, which says where it belongs. */
  readonly ch: number;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly seq?: number | undefined;
  /** The position that must be held before, where it is not `seq` - 1. */
  readonly prev?: number | undefined;
  readonly type: string;
  readonly id?: string | undefined;
  readonly data?: unknown;
}

/** Events that were left out on purpose. */
export interface GapFrame {
  readonly t: 'gap';
  readonly ch: number;
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** The greeting of the server. */
export interface WelcomeFrame {
  readonly t: 'welcome';
  readonly session?: string | undefined;
  readonly spec?: string | undefined;
  /** The client was made from another document. */
  readonly stale?: boolean | undefined;
  /** Milliseconds between pings. */
  readonly ping?: number | undefined;
  readonly limits?: { readonly message?: number | undefined } | undefined;
}

/** What a server sends. */
export type ServerFrame =
  | WelcomeFrame
  | ResFrame
  | ItemFrame
  | EndFrame
  | ChFrame
  | EvFrame
  | GapFrame
  | { readonly t: 'ping'; readonly n?: number | undefined }
  | { readonly t: 'auth'; readonly due: number }
  | { readonly t: 'drain'; readonly after: number; readonly deadline: number }
  | { readonly t: 'bye'; readonly code: number; readonly retry?: number | undefined; readonly problem?: unknown }
  | { readonly t: 'problem'; readonly detail?: string | undefined; readonly title?: string | undefined };

/** The data of the reserved event `$presence`. `full` says that `join` is everybody. */
export interface PresenceDiff {
  readonly join?: readonly { readonly id: string; readonly info?: unknown }[] | undefined;
  readonly leave?: readonly string[] | undefined;
  readonly count?: number | undefined;
  readonly full?: boolean | undefined;
}
