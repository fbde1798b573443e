import { RtgenError } from './error.js';
import type { OperationRow } from './operation.js';
import { pairs, plain } from './params.js';

/** Tells whether a media type is JSON: `application/json`, `application/problem+json`, `text/json`. */
export const isJSON = (type: string): boolean => /[/+]json$/.test(essence(type));

/** A media type without its parameters, in lower case. */
export const essence = (type: string): string => type.split(';', 1)[0]!.trim().toLowerCase();

/** What fetch takes as a body, as far as we make it. */
export type Encoded = string | FormData | Blob | ArrayBuffer | ReadableStream;

/** A request body in the form that its media type asks for. What is binary already goes as it is. */
export function encodeBody(row: OperationRow, type: string, body: unknown): Encoded {
  if (isJSON(type)) return JSON.stringify(body);
  if (essence(type) === 'multipart/form-data') return body instanceof FormData ? body : formData(row, body as object);
  if (essence(type) === 'application/x-www-form-urlencoded' && body instanceof Object && !(body instanceof URLSearchParams)) {
    return pairs(row, 'body', body).join('&');
  }
  return body instanceof URLSearchParams || !(body instanceof Object) ? String(body) : (body as Encoded);
}

function formData(row: OperationRow, body: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item == null) continue;
      const type = row.style?.[`body.${name}`] ?? (item instanceof Object && !(item instanceof Date) ? 'application/json' : undefined);
      if (item instanceof Blob) form.append(name, item);
      else if (type?.includes('/')) form.append(name, new Blob([plain(item)], { type }));
      else form.append(name, plain(item));
    }
  }
  return form;
}

/** A response body of HTTP, decoded by its media type. */
export async function decodeBody(response: Response, type: string): Promise<unknown> {
  if (isJSON(type)) {
    const text = await response.text();
    return text ? parseJSON(text) : undefined;
  }
  if (isText(type)) return response.text();
  if (!type) return (await response.text()) || undefined;
  return response.blob();
}

const isText = (type: string): boolean => /^text\/|[/+]xml$|^application\/x-www-form-urlencoded$/.test(type);

/** JSON.parse, with the failure as an error of the protocol. */
export function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RtgenError('protocol', 'the answer is not JSON', { cause });
  }
}
