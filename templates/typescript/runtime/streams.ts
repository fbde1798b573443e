import { answer } from './answer.js';
import { decode } from './body.js';
import { RtgenError } from './error.js';
import type { EndFrame, ItemFrame, ResFrame } from './frame.js';
import type { Link, Waiting } from './link.js';
import type { Api } from './operation.js';
import type { AnyResult } from './result.js';
import type { Call } from './transport.js';

// Answers that come item by item: server-sent events and JSON lines over HTTP, item frames over the socket. An emitted
// client brings this along when its document has such answers.

/**
 * An answer that comes item by item. It is read once, with `for await`; leaving the loop, or `return()` where none was begun,
 * tells the server to stop, and a stream that nobody reads holds the connection. It throws an RtgenError: `aborted` when the
 * signal of the call fires, `lost` when the answer is cut short, `protocol` when an item cannot be read. A timeout is for the
 * beginning of the answer only.
 *
 * By HTTP the server waits for a slow reader. By socket, which others need, it does not: when 10,000 items wait, the stream is
 * `lost`. Whoever takes longer over an item calls with `transport: 'http'`.
 */
export interface Stream<T> extends AsyncIterableIterator<T> {
  return(): Promise<IteratorResult<T>>;
}

/** What items are, where they are not JSON values; see `OperationRow.items`. */
export type ItemKind = 'text' | 'event' | 'textEvent';

/** Makes the bodies of streamed answers, and leaves all other answers to the usual ways. */
export interface Streams {
  /** The body of an answer by HTTP. */
  body(response: Response, type: string, call: Call): Promise<unknown>;
  /** An answer by socket; what follows it goes to those who wait for the same id. */
  frame(frame: ResFrame, link: Link, waiting: Waiting): AnyResult;
  /** The body of a streamed answer with every item changed; undefined for any other body. An item that `change` throws for is the last. */
  map(body: unknown, change: (item: unknown) => unknown): Stream<unknown> | undefined;
}

/** One item as it arrives: by HTTP with a text, by socket with a value. */
interface Item {
  event?: string | undefined;
  id?: string | undefined;
  retry?: number | undefined;
  text?: string;
  data?: unknown;
}

/** The sequences that HTTP has, by their media types. */
const lines = /[/+-](jsonl|json-?lines|ndjson|json-seq)$/;

/** Items by socket that may wait for a slow reader, who can be told in no other way than by an end. */
const most = 10_000;

/** streams reads answers that come item by item. */
export const streams: Streams = {
  async body(response, type, call) {
    const events = type === 'text/event-stream';
    const { body } = response;
    if (!body || call.row.stream || !(events || lines.test(type))) return decode(response, type);
    const reader = body.getReader();
    const items = events ? fromEvents(texts(reader)) : fromLines(texts(reader));
    return stream(call, values(call, type, items), () => void reader.cancel().catch(() => {}));
  },

  frame(frame, link, waiting) {
    const result = answer(frame);
    const { call } = waiting;
    if (!frame.stream) return result;
    const { id } = frame;
    const queue: Item[] = [];
    let failure: unknown;
    let over = false;
    let wake = () => {};
    const finish = (error?: unknown) => {
      over = true;
      failure ??= error;
      link.pending.delete(id);
      link.done();
      wake();
    };
    const stop = (error?: unknown) => {
      if (!over) link.send({ t: 'cancel', id });
      finish(error);
    };
    async function* items(): AsyncGenerator<Item, void> {
      for (;;) {
        for (let item; (item = queue.shift()); ) yield item;
        if (failure) throw failure;
        if (over) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    const item = (got: ItemFrame | EndFrame) => {
      if (got.t === 'end') return finish(got.problem && lost(call, got.problem));
      const { event, eid, retry, body } = got;
      if (queue.push({ event, id: eid, retry, data: body }) > most) stop(lost(call, 'the reader is too slow'));
      else wake();
    };
    link.pending.set(id, { call, item, settle: (outcome) => finish(outcome) });
    return { ...result, body: stream(call, values(call, result.type, items()), stop) };
  },

  map(body, change) {
    if (!(body instanceof Object && Symbol.asyncIterator in body)) return undefined;
    const source = body as Stream<unknown>;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        const got = await source.next();
        try {
          return got.done ? got : { value: change(got.value) };
        } catch (error) {
          await source.return();
          throw error;
        }
      },
      return: () => source.return(),
    };
  },
};

const lost = ({ op }: Call, cause: unknown): RtgenError => {
  const { title, detail = title ?? cause } = cause as { title?: unknown; detail?: unknown };
  return new RtgenError('lost', `${op}: the answer was cut short: ${detail}`, { cause });
};

/** The iterator over items; `stop` lets go of where they come from, and runs once. */
function stream<T>({ options: { signal } }: Call, items: AsyncGenerator<T, void>, stop: () => void): Stream<T> {
  const done = { done: true, value: undefined } as const;
  let over = false;
  let failure: unknown;
  const end = () => {
    if (over) return;
    over = true;
    signal?.removeEventListener('abort', abort);
    stop();
  };
  const abort = () => {
    failure = new RtgenError('aborted', 'call aborted', { cause: signal?.reason, outcomeUnknown: true });
    end();
  };
  signal?.addEventListener('abort', abort);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      let got: IteratorResult<T, void> = done;
      try {
        if (!over) got = await items.next();
      } catch (error) {
        failure ??= error;
      }
      if (got.done || failure) end();
      if (!failure) return got as IteratorResult<T>;
      const thrown = failure;
      failure = undefined; // told once
      throw thrown;
    },
    async return() {
      end();
      return done;
    },
  };
}

/** Items as the document has them. */
async function* values({ api, op, row }: Call, type: string, items: AsyncGenerator<Item, void>): AsyncGenerator<unknown, void> {
  const kind = type === 'text/event-stream' ? row.items : undefined;
  try {
    for await (const item of items) {
      if (!kind && item.text === '[DONE]') return; // what many services end with
      yield value(item, kind, api.parse);
    }
  } catch (cause) {
    if (cause instanceof RtgenError) throw cause;
    throw new RtgenError(cause instanceof SyntaxError ? 'protocol' : 'lost', `${op}: ${cause}`, { cause });
  }
}

function value({ event, id, retry, text, data }: Item, kind?: ItemKind, parse?: Api['parse']): unknown {
  const got = text === undefined ? data : decoded(text, kind, parse);
  if (kind !== 'event' && kind !== 'textEvent') return got;
  return { ...(event && { event }), ...(id && { id }), ...(retry && { retry }), ...(got !== undefined && { data: got }) };
}

function decoded(text: string, kind?: ItemKind, parse: (text: string) => unknown = JSON.parse): unknown {
  if (kind === 'textEvent') return text;
  if (kind === 'event' && !text) return undefined;
  if (kind !== 'text') return parse(text);
  // Services that are not ours send texts as they are.
  if (!/^".*"$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What arrives, as text. */
async function* texts(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  for (let got; !(got = await reader.read()).done; ) yield decoder.decode(got.value, { stream: true });
}

/** The lines of a text; the last one need not end. */
async function* split(source: AsyncGenerator<string, void>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const text of source) {
    rest += text;
    if (!/[\r\n]/.test(text)) continue;
    const parts = rest.split(/\r\n|\n|\r(?!$)/); // a \r at the end may be half of a line break
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest) yield rest.replace(/\r$/, '');
}

/** JSON lines; the record separator of RFC 7464 is no part of an item. */
async function* fromLines(source: AsyncGenerator<string, void>): AsyncGenerator<Item, void> {
  for await (const line of split(source)) {
    const text = line.replace(/^\x1e/, '');
    if (text.trim()) yield { text };
  }
}

/** Server-sent events (HTML, 9.2.6). One that does not end, because the connection does, is none. */
async function* fromEvents(source: AsyncGenerator<string, void>): AsyncGenerator<Item, void> {
  let item: Item = {};
  for await (const line of split(source)) {
    if (!line) {
      if (item.text !== undefined) yield item;
      item = {};
      continue;
    }
    const [, name, text = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (name === 'data') item.text = item.text === undefined ? text : item.text + '\n' + text;
    else if (name === 'event' || (name === 'id' && !text.includes('\0'))) item[name] = text;
    else if (name === 'retry' && /^\d+$/.test(text)) item.retry = Number(text);
  }
}
