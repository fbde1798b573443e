import type { HttpClientOptions } from './client.js';
import { byStatus, invalid, type ByStatus, type Step } from './convert.js';
import { violations, type Schema } from './schema.js';

/** The schemas of what a document lets arrive. */
export interface Schemas {
  readonly types: { readonly [name: string]: Schema };
  /** Names of schemas by operation. */
  readonly replies: { readonly [op: string]: ByStatus<string> };
  /** Names of schemas by channel. */
  readonly events: { readonly [channel: string]: { readonly [type: string]: string } };
}

/** The options of clients that can check what arrives. */
export interface ValidateOptions extends HttpClientOptions {
  /** Checks the JSON of answers and events against the document; true unless said otherwise. */
  readonly validate?: boolean | undefined;
}

/** validated refuses what arrives and breaks the document, unless the options say not to look. */
export function validated(schemas: Schemas, { validate = true }: ValidateOptions = {}): Step | undefined {
  if (!validate) return undefined;
  const { types, replies, events } = schemas;
  const check = (name: string | undefined, value: unknown) => (name === undefined ? [] : violations(types, name, value));
  return {
    reply(op, result) {
      const found = check(byStatus(replies[op], result), result.body);
      if (found.length) throw invalid(op, found, result);
      return result.body;
    },
    event(channel, type, data) {
      const found = check(events[channel]?.[type], data);
      if (found.length) throw invalid(`${channel} ${type}`, found);
      return data;
    },
  };
}
