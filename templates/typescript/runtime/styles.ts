import { encode, pairs, plain, present } from './params.js';

/** Writes one parameter in a style; see `OperationRow.style`. Header values are not percent-encoded. */
export type Styles = (name: string, value: unknown, style: string, location?: string) => string;

type Form = readonly [prefix: string, separator: string, named: boolean, joiner?: string];

/**
 * Before the first item, between items, whether items carry the parameter's name, and between items without
 * explode.
 */
const forms: { readonly [style: string]: Form } = {
  simple: ['', ',', false],
  label: ['.', '.', false],
  matrix: [';', ';', true],
  form: ['', '&', true],
  spaceDelimited: ['', '&', true, '%20'],
  pipeDelimited: ['', '&', true, '%7C'],
};

/**
 * styles writes parameters in all styles of OpenAPI 3.2 ("Style Values"), which are those of RFC 6570, and knows three words
 * more: `json` is `name=` with the value as JSON, `jsonValue` the same without the name, `whole` the members of an object
 * as a query of their own.
 */
export const styles: Styles = (name, value, style, location) => {
  const [, kind, explode, allow, end = ''] = /^([a-z]+)(\*?)(\+?)(.?)$/i.exec(style)!;
  if (kind === 'whole') return pairs({ api: { operations: {} }, row: { route: '' } }, '', value as object);
  const encoding = location === 'header' ? String : allow ? reserved(location) : encoded(end);
  const item = (one: unknown) => encoding(plain(one));
  const label = encode(name);
  if (kind === 'deepObject') return deep(label, value, item);
  if (kind === 'jsonValue') return encoding(JSON.stringify(value));
  if (kind === 'json') return `${label}=${encoding(JSON.stringify(value))}`;
  const [prefix, separator, named, joiner = ','] = forms[kind!]!;
  const labelled = (text: string) => (!named ? text : text || separator === '&' ? `${label}=${text}` : label);
  if (isPlain(value)) return prefix + labelled(item(value));
  const members = present(value as object);
  if (!members.length) return '';
  const isList = Array.isArray(value);
  if (!explode) {
    const flat = members.flatMap(([key, one]) => (isList ? item(one) : [encoding(key), item(one)]));
    return prefix + labelled(flat.join(joiner));
  }
  const each = members.map(([key, one]) => (isList ? labelled(item(one)) : `${encoding(key)}=${item(one)}`));
  return prefix + each.join(separator);
};

const isPlain = (value: unknown): boolean => !(value instanceof Object) || value instanceof Date;

/** Percent-encodes, `end` included: the text that ends the value, where another parameter is behind it. */
const encoded = (end: string) => (text: string): string =>
  encode(text).split(end || '\0').join(`%${end.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Leaves the reserved characters of RFC 3986 as they are, but for those that would end the value, and the plus that is
 * a space in queries.
 */
const reserved = (location?: string) => (text: string): string =>
  encodeURI(text)
    .replace(/%5[BD]/g, decodeURIComponent)
    .replace(location === 'path' ? /[#?/]/g : /[#&+]/g, encodeURIComponent);

/** `filter[a][b]=1&filter[tags]=x&filter[tags]=y&filter[points][0][x]=1`, with the brackets percent-encoded. */
function deep(label: string, value: unknown, item: (one: unknown) => string): string {
  if (isPlain(value)) return `${label}=${item(value)}`;
  return present(value as object)
    .map(([name, one]) => deep(Array.isArray(value) && isPlain(one) ? label : `${label}%5B${encode(name)}%5D`, one, item))
    .filter(Boolean)
    .join('&');
}
