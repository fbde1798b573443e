// Replays the exchanges by event stream with the client, which has no WebSocket here: the test plays the server, says what
// comes by the stream, and compares what the client sends and what a listener hears.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClient, type AnyChannel, type Connection } from '../../templates/typescript/runtime/index.js';
import { FakeClock, settled } from '../../templates/typescript/test/support/clock.js';
import { api } from '../chat/ts/operations.js';
import { message, type Exchange } from './archive.js';

type Client = Connection<{ room: AnyChannel & { events: { [name: string]: { text?: string } } } }> & {
  [op: string]: (request: object) => Promise<{ status: number }>;
};

const room = { roomId: '0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a11' };

/** Registers the test of an archive that says what is heard; others are about clients of another kind. */
export function byStream({ name, stream, heard }: Exchange): void {
  if (!stream || heard === undefined) return;
  test(`${name}, heard`, async (t) => {
    const globals = globalThis as { WebSocket?: unknown };
    const given = globals.WebSocket;
    delete globals.WebSocket;
    t.after(() => void (globals.WebSocket = given));
    const clock = new FakeClock();
    const server = new Server();
    const faults: unknown[] = [];
    const client = createClient<Client>(api, {
      url: 'http://chat.example',
      clock,
      fetch: server.fetch,
      auth: () => ({ scheme: 'Bearer', token: 'ada' }),
      onError: (error) => faults.push(error),
    });
    const lines: string[] = [];
    const channel = client.channel('room', room as never);
    channel.onState((state, reason) => lines.push(`state ${state}${reason ? ` (${reason})` : ''}`));
    channel.on('message.created', ({ text }) => lines.push(`message.created ${text}`));
    channel.on('$reset', ({ reason }) => lines.push(`$reset ${reason}`));

    for (const { mark, text } of blocks(stream)) {
      if (mark === '$') {
        const { op, ...request } = JSON.parse(text);
        void client[op]!(request).then(({ status }) => lines.push(`${op} ${status}`));
      } else if (mark === '>') await server.expects(text, clock);
      else if (mark === '<') await server.answers(text);
      else if (mark === '|') await server.says(text);
      else if (text === 'cut' || text === 'restart') await server.cut();
      // What others say, and where requests arrive, is the server's affair.
      await settled();
    }
    const got = lines.join('\n') + '\n';
    client.disconnect();
    assert.deepEqual(got, heard);
    assert.deepEqual(faults, []);
  });
}

/** The lines of a stream in blocks: requests and responses as wholes. */
function blocks(stream: string): { mark: string; text: string }[] {
  const found: { mark: string; text: string }[] = [];
  for (const line of stream.split('\n')) {
    const mark = line.slice(0, 1);
    const text = line.slice(2);
    const last = found.at(-1);
    if (last?.mark === mark && (mark === '>' || mark === '<')) last.text += '\n' + text;
    else found.push({ mark, text });
  }
  return found.filter(({ mark }) => mark);
}

/** The server's end: requests wait until they are expected, answers go to the last one that was. */
class Server {
  readonly #requests: { request: Request; answer: (response: Response) => void }[] = [];
  #answer: ((response: Response) => void) | undefined;
  #opens = false;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch = (url: string, init: RequestInit): Promise<Response> =>
    new Promise((answer, reject) => {
      const request = new Request(url, init);
      request.signal.addEventListener('abort', () => reject(request.signal.reason));
      this.#requests.push({ request, answer });
    });

  /** The next request is this one; the client may take its time. */
  async expects(text: string, clock: FakeClock): Promise<void> {
    for (let i = 0; !this.#requests.length && i < 4; i++) await clock.advance(500);
    const got = this.#requests.shift();
    assert.ok(got, `the client does not send\n${text}`);
    const { request, answer } = got;
    const [start, headers, body] = message(text);
    const { pathname, search } = new URL(request.url);
    assert.equal(`${request.method} ${pathname}${search} HTTP/1.1`, start);
    for (const [header, value] of headers) assert.equal(request.headers.get(header), value, header);
    assert.equal(request.headers.has('realtime-session'), headers.has('realtime-session'), 'a session');
    const sent = await request.text();
    const frame = sent && JSON.parse(sent);
    delete frame.spec; // of the document as it is now
    assert.deepEqual(frame, body && JSON.parse(body));
    this.#answer = answer;
    this.#opens = pathname === '/realtime/stream';
  }

  async answers(text: string): Promise<void> {
    const [status, headers, body] = message(text);
    const init = { status: Number(status), headers: [...headers] };
    const answer = this.#answer!;
    if (!this.#opens) answer(new Response(body || null, init));
    else answer(new Response(new ReadableStream<Uint8Array>({ start: (to) => void (this.#stream = to) }), init));
    await settled();
  }

  /** A line of the stream; each is an event here. */
  async says(line: string): Promise<void> {
    // The specification of the archive is that of the server which was recorded.
    this.#stream!.enqueue(new TextEncoder().encode(line.replace('"spec":"SPEC1",', '') + '\n\n'));
    await settled();
  }

  async cut(): Promise<void> {
    this.#stream!.close();
    await settled();
  }
}
