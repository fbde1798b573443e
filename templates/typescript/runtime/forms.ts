import { essence } from './body.js';
import { pairs, plain, present, type Styled } from './params.js';

/** Makes a body of a form type from the members of an object; undefined for any other type. */
export type Forms = (call: Styled, type: string, body: unknown) => FormData | string | undefined;

/** forms writes `application/x-www-form-urlencoded` and `multipart/form-data`. */
export const forms: Forms = (call, type, body) => {
  if (!(body instanceof Object) || body instanceof FormData || body instanceof URLSearchParams) return undefined;
  if (essence(type) === 'multipart/form-data') return multipart(call, body);
  return essence(type).endsWith('urlencoded') ? pairs(call, 'body', body) : undefined;
};

/** One part per value, of a list one per item. Objects are JSON; `body.name` in the styles may name a media type. */
function multipart({ row }: Styled, body: object): FormData {
  const form = new FormData();
  for (const [name, value] of present(body)) {
    for (const [, item] of present(Array.isArray(value) ? value : [value])) {
      const json = item instanceof Object && !(item instanceof Date) ? 'application/json' : undefined;
      const type = row.style?.[`body.${name}`] ?? json;
      if (item instanceof Blob) form.append(name, item);
      else if (type) form.append(name, new Blob([plain(item)], { type }));
      else form.append(name, plain(item));
    }
  }
  return form;
}
