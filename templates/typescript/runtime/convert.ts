import type { ChannelHandle } from './channel.js';
import type { HttpClientOptions } from './client.js';
import { isJSON } from './body.js';
import { RtgenError, type Violation } from './error.js';
import type { AnyRequest, Api, CallOptions } from './operation.js';
import type { AnyResult } from './result.js';

// What a client does with values beyond what JSON does: a check, or a conversion. Nothing here is part of a client
// that was generated without such an option.

/** One thing that happens to all values of a client. What it refuses, it throws an RtgenError for. */
export interface Step {
  /** A request on its way out. */
  send?(op: string, request: AnyRequest): AnyRequest;
  /** The JSON body of an answer that the document lists, or one item of a streamed answer in the place of the body. */
  reply?(op: string, result: AnyResult): unknown;
  /** The data of an event. */
  event?(channel: string, type: string, data: unknown): unknown;
  /** Reads the JSON of one item of an answer streamed by HTTP, in place of JSON.parse. */
  parse?(text: string): unknown;
}

/** What `convert` needs of the options of a client. */
export type ConvertOptions = HttpClientOptions & { readonly onError?: ((error: unknown) => void) | undefined };

/** A call of a client, before it gets its type. */
type Call = (request?: AnyRequest, options?: CallOptions) => Promise<AnyResult>;

/**
 * convert makes a client by `make` whose values go through `steps`: what arrives in their order, requests against it. A step
 * may be missing. An answer that a step refuses rejects the call, an item of a streamed answer ends the stream; an event
 * becomes a `$gap` with the reason `invalid`, or is left out when it has no place in the history, and is reported by `onError`.
 */
export function convert<Client>(
  make: (api: Api, options?: ConvertOptions) => object,
  api: Api,
  options: ConvertOptions = {},
  steps: readonly (Step | undefined)[],
): Client {
  const there = steps.filter((step): step is Step => step !== undefined);
  const back = [...there].reverse();
  const joined = new WeakMap<object, string>();

  const reply = (op: string, result: AnyResult): AnyResult => {
    const stream = api.streams?.map(result.body, (item) => whole(op, { ...result, body: item }).body);
    if (stream) return { ...result, body: stream };
    return result.body === undefined || !isJSON(result.type) ? result : whole(op, result);
  };
  const whole = (op: string, result: AnyResult): AnyResult => {
    try {
      return there.reduce((got, step) => (step.reply ? { ...got, body: step.reply(op, got) } : got), result);
    } catch (cause) {
      throw cause instanceof RtgenError ? cause : new RtgenError('protocol', `${op}: ${cause}`, { cause, result });
    }
  };
  const report = (error: unknown) => (options.onError ?? console.error)(error);

  /** Puts itself between a channel and its events, before there are any. */
  const channel = (handle: ChannelHandle) => {
    const { event, push } = handle;
    handle.event = (frame) => {
      const { type, seq } = frame;
      try {
        const data = there.reduce((got, step) => (step.event ? step.event(handle.name, type, got) : got), frame.data);
        return event({ ...frame, data });
      } catch (error) {
        report(error);
        const gap = { from: seq, to: seq, why: 'invalid' };
        return seq === undefined || event({ ...frame, type: '$gap', data: gap });
      }
    };
    handle.push = (type, data, id, seq) => {
      if (type !== '$reset') return push(type, data, id, seq);
      const { reason, result } = data as { reason: string; result: AnyResult };
      try {
        push(type, { reason, result: reply(joined.get(handle) ?? '', result) });
      } catch (error) {
        report(error);
        const at = handle.position?.seq;
        push('$gap', { from: at, to: at, why: 'invalid' });
      }
    };
  };

  const client = make({ ...api, channel, parse: there.find((step) => step.parse)?.parse }, options) as { [name: string]: unknown };
  const routes = new Map<string, Call>();
  for (const [name, row] of Object.entries(api.operations)) {
    const plain = client[name] as Call;
    const op = row.id ?? name;
    const call: Call = async (request = {}, given) => {
      let sent = request;
      try {
        for (const step of back) sent = step.send?.(op, sent) ?? sent;
      } catch (cause) {
        throw cause instanceof RtgenError ? cause : new RtgenError('request', `${op}: ${cause}`, { cause });
      }
      const result = await plain(sent, given);
      for (const handle of Object.values(result.channels ?? {})) joined.set(handle, op);
      return reply(op, result);
    };
    const [method] = row.route.split(/ (.*)/) as [string];
    routes.set(row.route, (client[name] = call));
    const byPath = client[method.toLowerCase()] as (path: string, ...rest: Parameters<Call>) => Promise<AnyResult>;
    client[method.toLowerCase()] = (path: string, ...rest: Parameters<Call>) =>
      (routes.get(`${method} ${path}`) ?? (() => byPath(path, ...rest)))(...rest);
  }
  return client as Client;
}

/** Values of an operation by status: `200`, `4XX`, `default`, with the media type behind where it matters. */
export interface ByStatus<T> {
  readonly [status: string]: T;
}

/** The value for an answer: that of its status before that of its range, with its media type before without. */
export function byStatus<T>(values: ByStatus<T> | undefined, { status, type }: AnyResult): T | undefined {
  for (const key of [`${status}`, `${(status / 100) | 0}XX`, 'default']) {
    const found = values?.[`${key} ${type}`] ?? values?.[key];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The error of values that are not what the document says. */
export function invalid(where: string, violations: readonly Violation[], result?: AnyResult): RtgenError {
  const [first] = violations;
  const more = violations.length > 1 ? ` and ${violations.length - 1} more` : '';
  return new RtgenError('validation', `${where}: ${first?.pointer} ${first?.message}${more}`, { violations, result });
}

/** A pointer to a member (RFC 6901). */
export const below = (pointer: string, name: string | number): string =>
  `${pointer}/${`${name}`.replace(/~/g, '~0').replace(/\//g, '~1')}`;
