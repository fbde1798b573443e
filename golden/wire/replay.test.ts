// Replays the exchanges of this folder with the client: the test plays the server. The README says what an archive holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClient, type ClientOptions } from '../../templates/typescript/runtime/index.js';
import { api } from '../chat/ts/operations.js';
import { exchanges, type Call, type Exchange } from './archive.js';
import { byStream } from './stream.js';

/** The archives stay where they are; this file is compiled into templates/typescript/build/wire/golden/wire. */
const folder = new URL('../../../../../../golden/wire/', import.meta.url);

/** A client in which any operation may be called by its name. */
type Client = { disconnect(): void } & { [op: string]: (request: object, options: object) => Promise<{ status: number; body: unknown }> };

const credentials = () => ({ scheme: 'Bearer', token: 'ada' });

for (const exchange of exchanges(folder)) {
  byStream(exchange);
  const { name, call, answer, http } = exchange;
  if (!call || !answer) continue; // frames that no client sends
  if (http) {
    test(`${name} over HTTP`, async () => {
      const client = connect({ url: 'http://chat.example', autoConnect: false, fetch: fetchOf(exchange) });
      expectAnswer(await client[call.op]!(request(call), { transport: 'http' }), answer);
    });
  }
  test(`${name} by socket`, async () => {
    const server = new Server(exchange);
    const client = connect({ url: 'http://chat.example', WebSocket: server.constructorOf() });
    try {
      const got = await client[call.op]!(request(call), { transport: 'socket' });
      expectAnswer(got, answer);
    } catch (error) {
      throw server.failure ?? error; // what the client sent comes before what became of it
    } finally {
      client.disconnect();
    }
  });
}

function connect(options: ClientOptions): Client {
  return createClient<Client>(api, { auth: credentials, ...options });
}

const request = ({ op: _, ...rest }: Call): object => rest;

function expectAnswer(got: { status: number; body: unknown }, want: { status: number; body?: unknown }): void {
  assert.equal(got.status, want.status);
  assert.deepEqual(got.body, want.body);
}

/** A fetch that expects the request of an exchange and gives its reply. */
function fetchOf({ http, reply }: Exchange): NonNullable<ClientOptions['fetch']> {
  return async (url, init) => {
    const sent = new Request(url, init as RequestInit);
    assert.equal(sent.method, http!.method);
    assert.equal(new URL(sent.url).pathname + new URL(sent.url).search, http!.target);
    for (const [header, value] of http!.headers) assert.equal(sent.headers.get(header), value, header);
    const body = await sent.text();
    assert.deepEqual(body && JSON.parse(body), http!.body && JSON.parse(http!.body));
    const { status, headers, body: text } = reply!;
    return new Response(text === '' ? null : text, { status, headers: [...headers] });
  };
}

/** The server's end of a socket: it expects the client's frames of an exchange and sends its own. */
class Server {
  /** Why the server gave up. */
  failure: unknown;
  readonly #exchange: Exchange;
  #at = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The class that the client takes for WebSocket. */
  constructorOf(): NonNullable<ClientOptions['WebSocket']> {
    const server = this;
    return class {
      readonly protocol = 'rtgen.v1.json';
      onopen: ((event: never) => unknown) | null = null;
      onmessage: ((event: never) => unknown) | null = null;
      onclose: ((event: never) => unknown) | null = null;
      onerror: ((event: never) => unknown) | null = null;

      constructor(url: string) {
        assert.equal(url, 'ws://chat.example/realtime');
        queueMicrotask(() => this.onopen?.({} as never));
      }

      send(text: string): void {
        try {
          for (const reply of text.split('\n').flatMap((frame) => server.receive(frame))) {
            queueMicrotask(() => this.onmessage?.({ data: reply } as never));
          }
        } catch (error) {
          server.failure = error;
          queueMicrotask(() => this.onclose?.({ code: 4000, reason: 'unexpected' } as never));
        }
      }

      close(): void {}
    };
  }

  /** Takes a frame of the client and returns what the server sends next. */
  receive(text: string): string[] {
    const frame = JSON.parse(text);
    if (frame.t === 'hello') {
      assert.deepEqual(frame.auth, credentials());
      return ['{"t":"welcome","session":"s","ping":25000,"limits":{}}'];
    }
    const { steps } = this.#exchange;
    const want = steps[this.#at++];
    assert.equal(want?.from, 'client', `the client sends ${text}`);
    if (Object.keys(frame.headers ?? {}).length === 0) delete frame.headers; // none, either way
    assert.deepEqual(frame, JSON.parse(want!.frame));
    const replies: string[] = [];
    for (; steps[this.#at]?.from === 'server'; this.#at++) replies.push(steps[this.#at]!.frame);
    return replies;
  }
}
