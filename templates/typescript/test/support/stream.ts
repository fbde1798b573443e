import type { ClientOptions } from '../../runtime/index.js';
import type { ServerFrame } from '../../runtime/frame.js';
import { settled } from './clock.js';
import { json, Rig } from './server.js';

type Frame = ServerFrame | { readonly t: string; readonly [member: string]: unknown };

/** The server's end of an event stream. */
export class FakeStream {
  readonly request: Request;
  readonly response: Response;
  closed = false;
  #to!: ReadableStreamDefaultController<Uint8Array>;

  constructor(request: Request) {
    this.request = request;
    const body = new ReadableStream<Uint8Array>({ start: (to) => void (this.#to = to) });
    this.response = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    request.signal.addEventListener('abort', () => {
      this.closed = true;
      this.#to.error(request.signal.reason);
    });
  }

  /** An event with one or more frames arrives. */
  async push(...frames: Frame[]): Promise<void> {
    await this.raw(frames.map((frame) => `data: ${JSON.stringify(frame)}\n`).join('') + '\n');
  }

  async raw(text: string): Promise<void> {
    this.#to.enqueue(new TextEncoder().encode(text));
    await settled();
  }

  /** The response ends, by the server or by the network. */
  async drop(): Promise<void> {
    this.#to.close();
    await settled();
  }

  hello(): Promise<{ t: string; auth?: unknown; resume?: { op: string; ch: { seq: number; last?: string; epoch: string }[] }[] }> {
    return this.request.clone().json();
  }
}

/** A client whose sockets never open, and a server that has event streams. */
export class StreamRig extends Rig {
  readonly streams: FakeStream[] = [];
  /** Answers the calls; streams are there already. */
  answer: (request: Request) => Response | Promise<Response> = () => json([]);
  /** Answers a stream that is being opened; undefined: it opens. */
  refuse: (() => Response) | undefined;

  constructor(options: ClientOptions = {}) {
    super(options);
    this.respond = (request) => {
      if (!request.url.endsWith('/realtime/stream')) return this.answer(request);
      if (this.refuse) return this.refuse();
      const stream = new FakeStream(request);
      this.streams.push(stream);
      return stream.response;
    };
  }

  get stream(): FakeStream {
    return this.streams.at(-1)!;
  }

  /** The requests that are calls. */
  get calls(): Request[] {
    return this.requests.filter(({ url }) => !url.endsWith('/realtime/stream'));
  }

  /** Two upgrades fail, and the stream is greeted. */
  async fallBack(): Promise<FakeStream> {
    await this.clock.advance(0);
    this.socket.drop();
    await this.clock.advance(500);
    this.socket.drop();
    await settled();
    return this.welcome();
  }

  /** Greets the newest stream. */
  async welcome(session = `s${this.streams.length}`): Promise<FakeStream> {
    await settled();
    await this.stream.push({ t: 'welcome', session, ping: 25_000 });
    return this.stream;
  }
}

/** A place in the room `r`. */
export const at = (seq: number, ch?: number) => ({
  ...(ch && { ch }), name: 'room', address: 'rooms/r', epoch: 'e1.proof', seq, last: `m${seq}`,
});

/** The answer to a call that has joined the room. */
export const joins = (seq: number, ch?: number): Response =>
  json([], 200, {
    'realtime-position': JSON.stringify([at(seq)]),
    ...(ch && { 'realtime-subscriptions': JSON.stringify([at(seq, ch)]) }),
  });

/** An event of the room. */
export const ev = (ch: number, seq: number) => ({
  t: 'ev', ch, seq, type: 'message.created', id: `m${seq}`, data: { id: `m${seq}`, roomId: 'r', author: 'a', text: `${seq}`, sentAt: '' },
});
