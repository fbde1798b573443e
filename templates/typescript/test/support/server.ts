import assert from 'node:assert/strict';
import type { ClientOptions } from '../../runtime/index.js';
import type { ClientFrame, ServerFrame } from '../../runtime/frame.js';
import { createClient, type Client } from '../emitted/chat/index.js';
import { FakeClock, settled } from './clock.js';

type Sent = ClientFrame & { readonly t: string };
type Call = Extract<ClientFrame, { t: 'call' }>;

/** The client's end of a WebSocket whose other end is the test. */
export class FakeSocket {
  protocol = '';
  onopen: ((event: never) => unknown) | null = null;
  onmessage: ((event: never) => unknown) | null = null;
  onclose: ((event: never) => unknown) | null = null;
  onerror: ((event: never) => unknown) | null = null;
  /** What the client has sent, and the code with which it has closed. */
  readonly sent: Sent[] = [];
  closeCode: number | undefined;
  onsent: (frame: Sent) => void = () => {};

  readonly url: string;
  readonly protocols: readonly string[];

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string): void {
    assert.equal(this.closeCode, undefined, 'nothing is sent on a closed socket');
    const frame = JSON.parse(data) as Sent;
    this.sent.push(frame);
    this.onsent(frame);
  }

  close(code?: number): void {
    this.closeCode ??= code ?? 1005;
  }

  /** The upgrade has succeeded. */
  open(protocol = 'rtgen.v1.json'): void {
    this.protocol = protocol;
    this.onopen?.({} as never);
  }

  /** A message with one or more frames arrives. */
  push(...frames: (ServerFrame | { t: string; [member: string]: unknown })[]): void {
    this.raw(frames.map((frame) => JSON.stringify(frame)).join('\n'));
  }

  raw(data: unknown): void {
    this.onmessage?.({ data } as never);
  }

  /** The connection ends, by the server or by the network. */
  drop(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason } as never);
  }

  calls(): Call[] {
    return this.sent.filter((frame): frame is Call => frame.t === 'call');
  }

  get hello(): Extract<ClientFrame, { t: 'hello' }> {
    const [hello] = this.sent;
    assert.equal(hello?.t, 'hello');
    return hello as Extract<ClientFrame, { t: 'hello' }>;
  }

  get last(): Sent {
    return this.sent.at(-1)!;
  }
}

/** Everything around one client: its clock, its sockets, its HTTP requests, its reported errors. */
export class Rig {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly requests: Request[] = [];
  readonly errors: { code?: string; message: string }[] = [];
  readonly client: Client;
  respond: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 204 });

  constructor(options: ClientOptions = {}, make: (options: ClientOptions) => Client = createClient) {
    const rig = this;
    class WebSocket extends FakeSocket {
      constructor(url: string, protocols: string | string[] = []) {
        super(url, [protocols].flat());
        rig.sockets.push(this);
      }
    }
    this.client = make({
      clock: this.clock,
      WebSocket,
      fetch: async (url, init) => {
        init.signal?.throwIfAborted();
        const request = new Request(url, init);
        this.requests.push(request);
        const answer = await this.respond(request);
        init.signal?.throwIfAborted();
        return answer;
      },
      onError: (error) => this.errors.push(error as Error),
      ...options,
    });
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Lets the client connect, and greets it. */
  async open(welcome: object = {}): Promise<FakeSocket> {
    await this.clock.advance(0);
    return this.greet(welcome);
  }

  /** Opens and greets the newest socket. */
  async greet(welcome: object = {}): Promise<FakeSocket> {
    this.socket.open();
    this.socket.push({ t: 'welcome', session: 's', ...welcome });
    await settled();
    return this.socket;
  }

  codes(): (string | undefined)[] {
    return this.errors.map(({ code }) => code);
  }
}

/** The outcome of a promise, as a value. */
export async function outcome(promise: Promise<unknown>): Promise<{ code?: string; outcomeUnknown?: boolean; message: string; result?: unknown; closeCode?: number }> {
  return promise.then(
    (value) => assert.fail(`expected an error, got ${JSON.stringify(value)}`),
    (error) => error,
  );
}

/** A JSON response. */
export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
