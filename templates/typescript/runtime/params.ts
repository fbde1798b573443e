import { RtgenError } from './error.js';
import type { OperationRow } from './operation.js';

// Parameters as text, by the styles of OpenAPI 3.2 ("Style Values"), which are those of RFC 6570. A value
// that is null or undefined is absent, and so is an empty list.

type Encode = (text: string) => string;

/** Before the first item, between items, and whether items carry the parameter's name. */
const forms: { readonly [style: string]: readonly [prefix: string, separator: string, named: boolean, joiner: string] } = {
  simple: ['', ',', false, ','],
  label: ['.', '.', false, ','],
  matrix: [';', ';', true, ','],
  form: ['', '&', true, ','],
  spaceDelimited: ['', '&', true, '%20'],
  pipeDelimited: ['', '&', true, '%7C'],
  cookie: ['', '; ', true, ','],
};

/** Percent-encodes all but the unreserved characters of RFC 3986. */
export const encode: Encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

const keep: Encode = (text) => text;
const encodeReserved: Encode = (text) => encodeURI(text).replace(/%5B/g, '[').replace(/%5D/g, ']').replace(/#/g, '%23');

/** The request target of an operation: the template with its parameters, and the query. */
export function target(row: OperationRow, template: string, path: object = {}, query: object = {}): string {
  const values = new Map<string, unknown>(Object.entries(path));
  const filled = template.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = values.get(name);
    if (value == null) throw new RtgenError('request', `path parameter ${name} is missing`);
    return expand(name, value, style(row, 'path', name, 'simple'), encode);
  });
  // URL parsers resolve dot segments, encoded or not: such a value would reach another operation.
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(filled)) throw new RtgenError('request', `${filled} has a dot segment`);
  const search = pairs(row, 'query', query).join('&');
  return search ? `${filled}?${search}` : filled;
}

/** The members of a query or of a form body, each as `name=value`. */
export function pairs(row: OperationRow, location: 'query' | 'body', values: object): string[] {
  return entries(values)
    .map(([name, value]) => {
      const usual = location === 'body' && value instanceof Object && !Array.isArray(value) ? 'json' : 'form*';
      return expand(name, value, style(row, location, name, usual), encode);
    })
    .filter(Boolean);
}

/** A header parameter; its value is not percent-encoded. */
export function headerValue(row: OperationRow, name: string, value: unknown): string {
  return expand(name, value, style(row, 'header', name, 'simple'), keep);
}

/** The Cookie header of the cookie parameters. */
export function cookies(row: OperationRow, values: object): string {
  return entries(values)
    .map(([name, value]) => expand(name, value, style(row, 'cookie', name, 'form*'), encode).replace(/&/g, '; '))
    .join('; ');
}

/** A value as it stands in a parameter: text, with JSON for what has no text of its own. */
export function plain(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return value instanceof Object ? JSON.stringify(value) : String(value);
}

function style(row: OperationRow, location: string, name: string, usual: string): string {
  return row.style?.[`${location}.${name}`] ?? usual;
}

/** The members of an object or a list that are there. */
function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item != null);
}

function expand(name: string, value: unknown, spec: string, enc: Encode): string {
  const kind = spec.replace(/[*+]/g, '');
  if (spec.includes('+')) enc = encodeReserved;
  if (kind === 'cookie') enc = keep;
  const key = enc === keep ? name : encode(name);
  if (kind === 'deepObject') return deep(key, value, enc);
  const [prefix, separator, named, joiner] = forms[kind] ?? forms[enc === keep ? 'simple' : 'form']!;
  const label = (text: string) => (!named ? text : text || separator !== ';' ? `${key}=${text}` : key);
  if (!(value instanceof Object) || value instanceof Date || kind === 'json') {
    return prefix + label(enc(kind === 'json' ? JSON.stringify(value) : plain(value)));
  }
  const members = entries(value);
  if (!members.length) return '';
  const list = Array.isArray(value);
  if (spec.includes('*')) {
    const each = members.map(([k, v]) => (list ? label(enc(plain(v))) : `${enc(k)}=${enc(plain(v))}`));
    return prefix + each.join(separator);
  }
  const flat = members.flatMap(([k, v]) => (list ? [enc(plain(v))] : [enc(k), enc(plain(v))]));
  return prefix + label(flat.join(joiner));
}

/** `filter[a][b]=1&filter[tags]=x&filter[tags]=y`, with the brackets percent-encoded. */
function deep(key: string, value: unknown, enc: Encode): string {
  if (!(value instanceof Object) || value instanceof Date) return `${key}=${enc(plain(value))}`;
  const list = Array.isArray(value);
  return entries(value)
    .map(([name, item]) => deep(list ? key : `${key}%5B${enc(name)}%5D`, item, enc))
    .filter(Boolean)
    .join('&');
}
