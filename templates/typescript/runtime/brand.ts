import { isOf } from './formats.js';

declare const format: unique symbol;

/**
 * A string of a format, such as `Branded<'uuid'>`: a string everywhere, but not every string is one. Those that arrive
 * are; {@link isFormat} makes one of a string of your own.
 */
export type Branded<Format extends string> = string & { readonly [format]: Format };

/**
 * Tells whether a text is of a format, and its type with it. Of a format that neither JSON Schema nor OpenAPI defines,
 * every text is.
 */
export const isFormat = <Format extends string>(name: Format, text: string): text is Branded<Format> => isOf(name, text);
