import { RtgenError } from './error.js';

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type ToNumber<T extends string> = T extends `${infer N extends number}` ? N : never;

/** 300 to 399. */
export type Status3XX = ToNumber<`3${Digit}${Digit}`>;
/** 400 to 499. */
export type Status4XX = ToNumber<`4${Digit}${Digit}`>;
/** 500 to 599. */
export type Status5XX = ToNumber<`5${Digit}${Digit}`>;
/** 200 to 299. */
export type Status2XX = ToNumber<`2${Digit}${Digit}`>;
/** 100 to 199. */
export type Status1XX = ToNumber<`1${Digit}${Digit}`>;

/** The statuses of a range, such as `4XX`, that the document does not list by themselves. */
export type Rest<Range extends number, Listed extends number = never> = Exclude<Range, Listed>;

/** The statuses that `default` stands for, beside a listed success: everything from 300 on that is not listed. */
export type Default<Listed extends number = never> = Exclude<Status3XX | Status4XX | Status5XX, Listed>;

/** Response headers by lower-case name, those of the document first. */
export type ReplyHeaders<H> = Readonly<H> & { readonly [name: string]: string | undefined };

/**
 * One documented answer. An operation's result is a union of these; comparing `status` or `ok` tells
 * them apart:
 *
 * ```ts
 * const result = await client.getOrder({ path: { orderId: 7 } });
 * if (result.ok) show(result.body);
 * else if (result.status === 404) showMissing();
 * ```
 */
export interface Reply<
  Status extends number,
  Body = undefined,
  Headers = unknown,
  Channels = unknown,
  Type extends string = string,
> {
  /** The HTTP status, equal on both transports. */
  readonly status: Status;
  /** True for 200 to 299. */
  readonly ok: Status extends Status2XX ? true : false;
  /** The decoded body: a value for JSON, a string for text, a Blob for the rest, undefined for none. */
  readonly body: Body;
  /** Response headers by lower-case name. */
  readonly headers: ReplyHeaders<Headers>;
  /**
   * The channels that this call subscribed to, by their name in the document; empty when it went by HTTP on
   * purpose.
   */
  readonly channels: Channels;
  /** The media type without its parameters, in lower case; empty when there is no body. */
  readonly type: Type;
  /** How the answer arrived. */
  readonly transport: 'http' | 'socket';
}

/** Any answer, as the transports see it. */
export interface AnyResult {
  readonly status: number;
  readonly ok: boolean;
  readonly body: unknown;
  readonly headers: { readonly [name: string]: string | undefined };
  readonly channels: unknown;
  readonly type: string;
  readonly transport: 'http' | 'socket';
}

/** The body of the successful answers of a result. */
export type OkBody<R> = R extends { readonly ok: true; readonly body: infer B } ? B : never;

/**
 * unwrap is for those who prefer exceptions: it gives the body of a successful answer and throws an
 * {@link RtgenError} with the code `status`, and the answer in `details.result`, for any other.
 *
 * ```ts
 * const order = await unwrap(client.getOrder({ path: { orderId: 7 } }));
 * ```
 */
export async function unwrap<R extends AnyResult>(result: R | PromiseLike<R>): Promise<OkBody<R>> {
  const answer = await result;
  if (!answer.ok) throw unexpected(answer);
  return answer.body as OkBody<R>;
}

/**
 * documented gives back an answer whose status the document lists in `statuses` (`'200 404 5XX'`), and
 * throws for any other, so that the type of a result is the whole truth. Without a list, or with
 * `default` in it, every status from 300 on is documented, and below that when no success is listed.
 */
export function documented<R extends AnyResult>(result: R, statuses = 'default'): R {
  const { status } = result;
  const otherwise = (status > 299 || !/\b2/.test(statuses)) && 'default'; // no status is called false
  if (new RegExp(`\\b(${status}|${(status / 100) | 0}XX|${otherwise})\\b`).test(statuses)) return result;
  throw unexpected(result);
}

function unexpected(result: AnyResult): RtgenError {
  const { title, detail = title } = (result.body ?? {}) as { title?: unknown; detail?: unknown };
  return new RtgenError('status', `status ${result.status}: ${detail}`, { result });
}
