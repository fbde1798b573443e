import { RtgenError } from './error.js';
import type { HeaderValues } from './operation.js';

/**
 * Lays headers over one another, the last layer winning; an undefined value takes a header away. The
 * layers stay as they are. What is no legal name or value is refused here, before any transport.
 */
export function layer(...layers: readonly (HeaderValues | undefined)[]): Headers {
  const headers = new Headers();
  try {
    for (const values of layers) {
      for (const [name, value] of Object.entries(values ?? {})) {
        if (value == null) headers.delete(name);
        else headers.set(name, value);
      }
    }
  } catch (cause) {
    throw new RtgenError('request', `illegal header: ${String(cause)}`, { cause });
  }
  return headers;
}

/** Headers as an object by lower-case name. It has no prototype, so no name is special. */
export function headerObject(headers: Iterable<readonly [string, unknown]>): { [name: string]: string } {
  const object: { [name: string]: string } = Object.create(null);
  for (const [name, value] of headers) object[name.toLowerCase()] = String(value);
  return object;
}
