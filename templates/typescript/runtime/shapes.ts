import { below, byStatus, invalid, type ByStatus, type Step } from './convert.js';

/**
 * Where in a value there is something to convert. Text is a format (`date-time`), or the name of a shape behind `#`; what
 * is not mentioned stays as it is.
 */
export type Shape =
  | string
  | {
      readonly properties?: { readonly [name: string]: Shape };
      /** By regular expression of the name. */
      readonly patterns?: { readonly [pattern: string]: Shape };
      /** Members that have no other shape. */
      readonly rest?: Shape;
      readonly prefix?: readonly Shape[];
      readonly items?: Shape;
      /** The first one that fits decides. */
      readonly anyOf?: readonly Branch[];
    };

/** One alternative, with what tells it apart. */
export interface Branch {
  readonly is: 'object' | 'array' | 'string' | 'number' | 'boolean';
  /** The values there are. */
  readonly of?: readonly unknown[];
  /** Members that are there. */
  readonly has?: readonly string[];
  /** Members that have one of these values, if they are there. */
  readonly tags?: { readonly [name: string]: readonly unknown[] };
  readonly then?: Shape;
}

/** The shapes of a document: of its types, and of what it sends and receives. */
export interface Shapes {
  readonly types: { readonly [name: string]: Shape };
  readonly requests: { readonly [op: string]: Shape };
  readonly replies: { readonly [op: string]: ByStatus<Shape> };
  readonly events: { readonly [channel: string]: { readonly [type: string]: Shape } };
}

/** How values of one format are converted. */
export interface Codec {
  /** What a program gets for a value that arrived; undefined when the value is not of the format. */
  take(value: unknown): unknown;
  /** What travels for a value of a program; undefined when it is none that needs converting. */
  give(value: unknown): unknown;
}

/** Converters by format. */
export interface Codecs {
  readonly [format: string]: Codec;
}

/** shaped converts what `shapes` mentions. `others`, if given, is asked for all other values that arrive. */
export function shaped(shapes: Shapes, codecs: Codecs, others = (value: unknown): unknown => value): Step {
  const walk = (shape: Shape | undefined, value: unknown, way: 'take' | 'give', at: string): unknown => {
    if (value == null) return value;
    if (shape === undefined) return way === 'take' ? others(value) : value;
    if (typeof shape === 'string') {
      if (shape[0] === '#') return walk(shapes.types[shape.slice(1)], value, way, at);
      const converted = codecs[shape]?.[way](value);
      if (converted !== undefined || way === 'give') return converted ?? value;
      throw invalid('value', [{ pointer: at, rule: 'format', message: `is no ${shape}` }]);
    }
    if (shape.anyOf) return walk(shape.anyOf.find((branch) => fits(branch, value, way))?.then, value, way, at);
    if (Array.isArray(value)) {
      return value.map((item, i) => walk(shape.prefix?.[i] ?? shape.items, item, way, below(at, i)));
    }
    if (!isRecord(value)) return way === 'take' ? others(value) : value;
    const { properties = {}, patterns = {}, rest } = shape;
    const regular = Object.entries(patterns).map(([pattern, one]) => [RegExp(pattern, 'u'), one] as const);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
        const found = own ?? regular.find(([pattern]) => pattern.test(name))?.[1] ?? rest;
        return [name, walk(found, member, way, below(at, name))];
      }),
    );
  };

  const fits = ({ is, of, has = [], tags = {}, then }: Branch, value: unknown, way: 'take' | 'give'): boolean => {
    const format = typeof then === 'string' ? codecs[then] : undefined;
    if (format) return format[way](value) !== undefined;
    if (is !== (Array.isArray(value) ? 'array' : typeof value) || (of && !of.includes(value))) return false;
    if (is !== 'object') return true;
    const members = value as { readonly [name: string]: unknown };
    return (
      isRecord(members) &&
      has.every((name) => Object.hasOwn(members, name)) &&
      Object.entries(tags).every(([name, values]) => !Object.hasOwn(members, name) || values.includes(members[name]))
    );
  };

  return {
    send: (op, request) => walk(shapes.requests[op], request, 'give', '') as typeof request,
    reply: (op, result) => named(op, () => walk(byStatus(shapes.replies[op], result), result.body, 'take', '')),
    event: (channel, type, data) =>
      named(`${channel} ${type}`, () => walk(shapes.events[channel]?.[type], data, 'take', '')),
  };
}

/** Objects with members of their own: not a Blob, a FormData or a stream, which all have a tag. */
const isRecord = (value: unknown): value is object => value instanceof Object && !(Symbol.toStringTag in value);

function named(where: string, run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    const { violations } = error as { violations?: readonly never[] };
    throw violations ? invalid(where, violations) : error;
  }
}
