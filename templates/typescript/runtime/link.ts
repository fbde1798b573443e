import type { ChannelHandle } from './channel.js';
import type { Clock } from './clock.js';
import { RtgenError } from './error.js';
import { subprotocol, type ClientFrame, type ServerFrame, type WelcomeFrame } from './frame.js';
import { Pending } from './pending.js';

/** The part of a WebSocket that we use. */
export interface WebSocketLike {
  readonly protocol: string;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

/** The constructor of a WebSocket. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike;

/** Who looks after a link. */
export interface LinkOwner {
  readonly clock: Clock;
  report(error: unknown): void;
  frame(link: Link, frame: ServerFrame): void;
  /** The link has ended; `retry` is what the server asked for, in milliseconds. Called once. */
  closed(link: Link, code: number, reason: string, retry?: number): void;
}

/** A server that stays silent for this many ping intervals is taken for dead. */
const silence = 2.5;

/** Milliseconds for the answer to a probe: the user has just come back and looks at the page. */
const probeWait = 5000;

/** One WebSocket, from its opening to its end: greeting, lines, and the watch over a silent server. */
export class Link {
  readonly pending = new Pending();
  /** The channels by their number on this connection. */
  readonly channels = new Map<number, ChannelHandle>();
  /** The greeting of the server, once it is there. */
  welcome: WelcomeFrame | undefined;
  /** When the greeting came. */
  since = 0;
  /** Another link has taken over: this one ends with its last answer. */
  retired = false;
  readonly #socket: WebSocketLike;
  readonly #owner: LinkOwner;
  #closed = false;
  #bye: { code: number; retry?: number | undefined } | undefined;
  #heard = 0;
  #stopWatch = () => {};
  #stopExpiry = () => {};

  constructor(socket: WebSocketLike, hello: (link: Link) => ClientFrame, owner: LinkOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.onopen = () => {
      if (socket.protocol === subprotocol) this.send(hello(this));
      else this.close(1002, `the server chose the protocol "${socket.protocol}"`);
    };
    socket.onmessage = ({ data }: { readonly data: unknown }) => this.#message(data);
    socket.onclose = ({ code = 1006, reason = '' }: { readonly code?: number; readonly reason?: string }) =>
      this.#end(this.#bye?.code ?? code, reason);
    socket.onerror = () => {};
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(frame: ClientFrame): void {
    if (!this.#closed) this.#socket.send(JSON.stringify(frame));
  }

  /** Sends a frame that is text already. */
  write(text: string): void {
    if (!this.#closed) this.#socket.send(text);
  }

  /** Closes without waiting for the other side, which may be gone. */
  close(code: number, reason = ''): void {
    try {
      this.#socket.close(code < 3000 ? 1000 : code);
    } catch (error) {
      this.#owner.report(error);
    }
    this.#end(code, reason);
  }

  /** Takes note of the greeting, and begins the watch that it allows. */
  greeted(welcome: WelcomeFrame): void {
    this.welcome = welcome;
    this.since = this.#owner.clock.now();
    this.#stopExpiry();
    if (welcome.ping! > 0) this.#watch(welcome.ping! * silence);
  }

  /** Closes after so many milliseconds, unless the greeting comes before. */
  expire(ms: number, code: number, reason: string): void {
    this.#stopExpiry();
    this.#stopExpiry = this.#owner.clock.after(ms, () => this.close(code, reason));
  }

  /** Takes note of why the server is about to close. */
  bye(code: number, retry?: number): void {
    this.#bye = { code, retry };
  }

  /** Asks for a sign of life, and gives the link up when there is none. */
  probe(): void {
    this.send({ t: 'probe' });
    this.#stopWatch();
    this.#watch(probeWait);
  }

  #watch(limit: number): void {
    const { clock } = this.#owner;
    const from = clock.now();
    this.#stopWatch = clock.after(limit, () => {
      const ping = this.welcome?.ping ?? 0;
      if (this.#heard < from) this.close(4305, 'the server is silent');
      else if (ping > 0) this.#watch(ping * silence - (clock.now() - this.#heard));
    });
  }

  #message(data: unknown): void {
    this.#heard = this.#owner.clock.now();
    if (typeof data !== 'string') return this.close(1003, 'a binary message');
    for (const line of data.split('\n')) {
      if (this.#closed) return;
      try {
        this.#owner.frame(this, parse(line));
      } catch (error) {
        this.#owner.report(error);
      }
    }
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatch();
    this.#stopExpiry();
    this.#owner.closed(this, code, reason, this.#bye?.retry);
    this.pending.lose(code);
  }
}

function parse(line: string): ServerFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(line);
  } catch (cause) {
    throw new RtgenError('protocol', 'a frame is not JSON', { cause });
  }
  if (typeof (frame as { t?: unknown } | null)?.t !== 'string') throw new RtgenError('protocol', 'a frame has no type');
  return frame as ServerFrame;
}
