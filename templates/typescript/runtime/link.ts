import type { ChannelHandle } from './channel.js';
import type { Clock } from './clock.js';
import { RtgenError } from './error.js';
import {
  subprotocol,
  type ChFrame,
  type ClientFrame,
  type EndFrame,
  type EvFrame,
  type GapFrame,
  type ItemFrame,
  type ServerFrame,
  type WelcomeFrame,
} from './frame.js';
import type { AnyResult } from './result.js';
import type { Again } from './subscriptions.js';
import type { Call } from './transport.js';

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

/** Who waits for an answer. */
export interface Waiting {
  /** What was asked, by its name at least. */
  readonly call: Call;
  /** Takes the outcome; runs within the frame loop, before the next frame is read. */
  readonly settle: (outcome: AnyResult | Error) => void;
  /** Takes what follows a streamed answer. */
  readonly item?: (frame: ItemFrame | EndFrame) => void;
}

/** Who looks after a link. */
export interface LinkOwner {
  readonly clock: Clock;
  report(error: unknown): void;
  /** The first frame, made when the socket is open. */
  hello(link: Link): ClientFrame;
  /** Gets every frame but `ping`, which is answered, and `bye`, which is kept for the end. */
  frame(link: Link, frame: ServerFrame): void;
  /** Makes a call elsewhere that has not run on this link. */
  readonly place: Again;
  /** The link has ended; `retry` is what the server asked for, in milliseconds. Called once. */
  closed(link: Link, code: number, reason: string, retry?: number): void;
}

/** One WebSocket, from its opening to its end: greeting, lines, and the watch over a silent server. */
export interface Link {
  /** Who waits for the answer with an id. */
  readonly pending: Map<number, Waiting>;
  /** The last id that was given; none is used twice. */
  ids: number;
  /** The channels by their number on this connection. */
  readonly channels: Map<number, ChannelHandle>;
  /** The greeting of the server, once it is there. */
  welcome?: WelcomeFrame;
  /** When the greeting came. */
  since: number;
  /** By event stream only: frames of channels that no answer has named yet. */
  readonly early: (EvFrame | GapFrame | ChFrame)[] | undefined;
  /** Sends a frame, whose text may be there already. */
  send(frame: ClientFrame, text?: string): void;
  /** Takes note of the greeting, and begins the watch that it allows. */
  greeted(welcome: WelcomeFrame): void;
  /** Asks for a sign of life, and gives the link up when there is none. */
  probe(): void;
  /** Closes after so many milliseconds, unless the greeting comes before. */
  expire(ms: number, code: number): void;
  /** Closes when nobody waits any more, once it has been said that another link takes over. */
  done(retired?: boolean): void;
  /** Closes without waiting for the other side, which may be gone. */
  close(code: number, reason?: string): void;
}

/** Takes a WebSocket that is being opened. */
export function createLink(socket: WebSocketLike, owner: LinkOwner, early?: Link['early']): Link {
  // A server that stays silent for this many ping intervals is taken for dead.
  const silence = 2.5;
  // Milliseconds for the answer to a probe: the user has just come back and looks at the page.
  const probeWait = 5000;

  const { clock, report } = owner;
  const pending = new Map<number, Waiting>();
  let closed = false;
  let retired: boolean | undefined;
  let heard = 0;
  let ping = 0;
  let bye: Extract<ServerFrame, { t: 'bye' }> | undefined;
  let stopWatch = () => {};
  let stopExpiry = () => {};

  const watch = (limit: number) => {
    const from = clock.now();
    stopWatch();
    stopWatch = clock.after(limit, () => {
      if (heard < from) link.close(4305);
      else if (ping) watch(ping + heard - clock.now());
    });
  };

  const end = (code: number, reason: string) => {
    if (closed) return;
    closed = true;
    stopWatch();
    stopExpiry();
    for (const { call, settle } of pending.values()) {
      // A server that has drained has answered whatever has run.
      if (code === 4200 && call.row) owner.place(call, settle, link);
      else settle(new RtgenError('lost', `${call.op}: outcome unknown`, { outcomeUnknown: true, closeCode: code }));
    }
    pending.clear();
    owner.closed(link, code, reason, bye?.retry);
  };

  const link: Link = {
    pending,
    channels: new Map(),
    early,
    ids: 0,
    since: 0,
    send(frame, text = JSON.stringify(frame)) {
      if (!closed) socket.send(text);
    },
    greeted(welcome) {
      link.welcome = welcome;
      link.since = clock.now();
      stopExpiry();
      ping = welcome.ping! * silence;
      if (ping) watch(ping); // not without a ping: that is NaN
    },
    probe() {
      link.send({ t: 'probe' });
      watch(probeWait);
    },
    expire(ms, code) {
      stopExpiry();
      stopExpiry = clock.after(ms, () => link.close(code));
    },
    done(over) {
      if ((retired ||= over) && !pending.size) link.close(1000);
    },
    close(code, reason = '') {
      try {
        socket.close(code < 3000 ? 1000 : code);
      } catch (error) {
        report(error);
      }
      end(code, reason);
    },
  };

  socket.onopen = () => {
    if (socket.protocol === subprotocol) link.send(owner.hello(link));
    else link.close(1002, `protocol ${socket.protocol}`);
  };
  socket.onmessage = ({ data }: { readonly data: unknown }) => {
    heard = clock.now();
    if (typeof data !== 'string') return link.close(1003);
    for (const line of data.split('\n')) {
      if (closed) return;
      try {
        const frame: ServerFrame = JSON.parse(line);
        if (frame.t === 'ping') link.send({ t: 'pong', n: frame.n });
        else if (frame.t === 'bye') bye = frame;
        else owner.frame(link, frame);
      } catch (cause) {
        report(cause instanceof RtgenError ? cause : new RtgenError('protocol', `no frame: ${line.slice(0, 99)}`, { cause }));
      }
    }
  };
  socket.onclose = ({ code = 1006, reason }: { readonly code?: number; readonly reason: string }) =>
    end(bye?.code ?? code, reason);
  socket.onerror = () => {}; // a close follows
  return link;
}
