import { write, type Styled } from './params.js';

/**
 * Lays headers over one another, the last layer winning; an undefined value takes a header away. The
 * layers stay as they are. What is no legal name or value throws here, before any transport.
 */
export function layer(call: Styled, ...layers: readonly (object | false | undefined)[]): Headers {
  const headers = new Headers();
  for (const values of layers) {
    for (const [name, value] of Object.entries(values || {})) {
      if (value == null) headers.delete(name);
      else headers.set(name, write(call, 'header', name, value, String).join());
    }
  }
  return headers;
}

/** Headers as an object by lower-case name. It has no prototype, so no name is special. */
export function headerObject(headers: Headers): { [name: string]: string } {
  const object = Object.create(null);
  headers.forEach((value, name) => (object[name] = value));
  return object;
}
