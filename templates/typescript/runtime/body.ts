/** A media type without its parameters, in lower case; empty for none. */
export const essence = (type?: string | null): string => (type ?? '').split(';')[0]!.trim().toLowerCase();

/** Tells whether a media type is JSON: `application/json`, `application/problem+json`, `text/json`. */
export const isJSON = (type?: string | null): boolean => /[/+]json$/.test(essence(type));

/** A response body of HTTP, decoded by its media type: JSON, text, or a Blob; undefined for none. */
export async function decode(response: Response, type: string): Promise<unknown> {
  const json = isJSON(type);
  if (!response.body) return undefined; // HEAD, 204, 304
  if (type && !json && !/^text\/|xml$/.test(type)) return response.blob();
  const text = await response.text();
  if (!text && (json || !type)) return undefined;
  return json ? JSON.parse(text) : text;
}
