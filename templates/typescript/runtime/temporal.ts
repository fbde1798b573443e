import { RtgenError } from './error.js';
import type { Codec, Codecs } from './shapes.js';

/** What stands for a type of Temporal where the project's libraries do not declare Temporal. */
interface Text {
  toString(): string;
  toJSON(): string;
}

type Instance<Name extends string> = typeof globalThis extends {
  readonly Temporal: { readonly [N in Name]: { readonly prototype: infer T } };
}
  ? T
  : Text;

/** `Temporal.Instant`, with its methods where the project's libraries declare Temporal. */
export type Instant = Instance<'Instant'>;

/** `Temporal.PlainDate`, with its methods where the project's libraries declare Temporal. */
export type PlainDate = Instance<'PlainDate'>;

type Constructors = { readonly [name: string]: { from(text: string): object } };

const codec = (name: string): Codec => ({
  take(value) {
    if (typeof value !== 'string') return undefined;
    const type = (globalThis as { Temporal?: Constructors }).Temporal?.[name];
    if (!type) throw new RtgenError('unsupported', 'no Temporal here: load a polyfill');
    try {
      return type.from(value);
    } catch {
      return undefined;
    }
  },
  give: (value) => (value instanceof Object ? String(value) : undefined),
});

/**
 * temporal makes a `Temporal.Instant` of each `date-time` and a `Temporal.PlainDate` of each `date`. It takes the global
 * Temporal, or a polyfill that is there when the first value arrives.
 */
export const temporal: Codecs = {
  'date-time': /* @__PURE__ */ codec('Instant'),
  date: /* @__PURE__ */ codec('PlainDate'),
};
