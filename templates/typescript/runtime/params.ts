import type { Call } from './transport.js';

// Parameters as text, in the styles that are the defaults of their locations: lists as `a,b` in paths and headers, as
// `name=a&name=b` in queries and cookies. All other styles, and objects, are in styles.ts, which an emitted client
// brings along when its document needs it. A value that is null or undefined is absent.

/** What a parameter is written with: the document, and the operation's styles. */
export type Styled = Pick<Call, 'api' | 'row'>;

/** Percent-encodes all but letters, digits and `-_.!~*'()`. */
export const encode: (text: string) => string = encodeURIComponent;

/** A value as it stands in a parameter: text, with JSON for what has no text of its own. */
export const plain = (value: unknown): string =>
  value instanceof Date ? value.toISOString() : value instanceof Object ? JSON.stringify(value) : String(value);

/** The members of an object or of a list that are there. */
export const present = (values: object = {}): [string, unknown][] =>
  Object.entries(values).filter(([, value]) => value != null);

/** Fills the `{names}` of a template. */
export const fill = (template: string, value: (name: string) => string): string =>
  template.replace(/{(.+?)}/g, (_, name: string) => value(name));

/** The request target of a call: the template with its parameters, and the query. */
export function target(call: Call, template: string): string {
  const { path, query } = call.request;
  const values = new Map(present(path));
  const filled = fill(template, (name) => {
    if (!values.has(name)) throw Error(`no ${name} in path`);
    return write(call, 'path', name, values.get(name), encode).join();
  });
  // URL parsers resolve dot segments: such a value would reach another operation.
  if (/\/\.\.?(\/|$)/.test(filled)) throw Error('dot segment');
  const search = pairs(call, 'query', query);
  return filled + (search && '?' + search);
}

/** The members of a query, of cookies or of a form, as `name=value&name=value`. */
export const pairs = (call: Styled, location: string, values?: object): string =>
  present(values)
    .flatMap(([name, value]) => write(call, location, name, value, (item) => encode(name) + '=' + encode(item)))
    .filter(Boolean)
    .join('&');

/** The items of a parameter as text; in one piece where the parameter has a style. */
export function write(
  { api, row }: Styled,
  location: string,
  name: string,
  value: unknown,
  item: (text: string) => string,
): string[] {
  const style = row.style?.[location + '.' + name];
  if (style) return [api.styles!(name, value, style, location)];
  return present([value].flat()).map((entry) => item(plain(entry[1])));
}
