import { essence, isJSON } from './body.js';
import { RtgenError } from './error.js';
import type { ResFrame } from './frame.js';
import { headerObject } from './headers.js';
import type { AnyResult } from './result.js';

/** An answer of the socket in the form that HTTP answers have; throws when the frame is none. */
export function answer(frame: ResFrame, channels: object): AnyResult {
  const { status, enc } = frame;
  if (!(Number.isInteger(status) && status >= 100 && status <= 599)) {
    throw new RtgenError('protocol', `an answer with the status ${JSON.stringify(status)}`);
  }
  const headers = headerObject(Object.entries(frame.headers ?? {}));
  const type = essence(headers['content-type'] ?? '') || (frame.body === undefined || enc ? '' : 'application/json');
  const body = enc === 'base64' ? blob(String(frame.body), type) : frame.body;
  return { status, ok: status >= 200 && status < 300, body, headers, channels, type, transport: 'socket' };
}

function blob(base64: string, type: string): unknown {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  // Text that is not UTF-8 comes as bytes; JSON never does.
  return isJSON(type) ? JSON.parse(new TextDecoder().decode(bytes)) : new Blob([bytes], { type });
}
