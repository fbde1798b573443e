import { essence } from './body.js';
import { RtgenError } from './error.js';
import type { ResFrame } from './frame.js';
import { headerObject } from './headers.js';
import type { AnyResult } from './result.js';

/** An answer of the socket in the form that HTTP answers have; throws when the frame is none. */
export function answer({ status, enc, body, headers: fields = {} }: ResFrame): AnyResult {
  if ((status | 0) !== status || status < 100 || status > 599) {
    throw new RtgenError('protocol', `the status ${status}`);
  }
  const headers = headerObject(new Headers(fields));
  const type = essence(headers['content-type']) || (body === undefined || enc ? '' : 'application/json');
  const decoded = enc === 'base64' ? new Blob([Uint8Array.from(atob(body as string), (c) => c.charCodeAt(0))], { type }) : body;
  return { status, ok: status > 199 && status < 300, body: decoded, headers, channels: {}, type, transport: 'socket' };
}
