import { readFileSync, readdirSync } from 'node:fs';

/** One archive of this folder; the README explains its files. */
export interface Exchange {
  readonly name: string;
  readonly call: Call | undefined;
  readonly http: HttpRequest | undefined;
  readonly reply: HttpReply | undefined;
  readonly steps: readonly Step[];
  readonly stream: string | undefined;
  readonly heard: string | undefined;
  readonly answer: { readonly status: number; readonly body?: unknown } | undefined;
}

export interface Call {
  readonly op: string;
  readonly path?: object;
  readonly query?: object;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
}

export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A frame, and who sends it. */
export interface Step {
  readonly from: 'client' | 'server';
  readonly frame: string;
}

/** All archives of a folder. */
export function exchanges(folder: URL): Exchange[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txtar'))
    .map((file) => parse(file.slice(0, -'.txtar'.length), readFileSync(new URL(file, folder), 'utf8')));
}

function parse(name: string, text: string): Exchange {
  const files = new Map<string, string>();
  const parts = text.split(/^-- (.+) --\n/m);
  for (let i = 1; i + 1 < parts.length; i += 2) files.set(parts[i]!, parts[i + 1]!);
  const json = (file: string) => (files.has(file) ? JSON.parse(files.get(file)!) : undefined);
  return {
    name,
    call: json('call'),
    answer: json('answer'),
    http: request(files.get('http')),
    reply: reply(files.get('http.reply')),
    stream: files.get('stream'),
    heard: files.get('heard'),
    steps: (files.get('socket') ?? '')
      .split('\n')
      .filter((line) => line)
      .map((line) => ({ from: line.startsWith('>') ? 'client' : 'server', frame: line.slice(2) })),
  };
}

/** The first line, the headers and the body of a message. */
export function message(text: string): [string, ReadonlyMap<string, string>, string] {
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = (end < 0 ? text : text.slice(0, end)).trimEnd().split('\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return [first, headers, end < 0 ? '' : text.slice(end + 2).replace(/\n$/, '')];
}

function request(text: string | undefined): HttpRequest | undefined {
  if (text === undefined) return undefined;
  const [first, headers, body] = message(text);
  const [method = '', target = ''] = first.split(' ');
  return { method, target, headers, body };
}

function reply(text: string | undefined): HttpReply | undefined {
  if (text === undefined) return undefined;
  const [first, headers, body] = message(text);
  return { status: Number(first), headers, body };
}
