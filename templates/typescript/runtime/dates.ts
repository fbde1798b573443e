import type { Codecs } from './shapes.js';

const full = /^\d{4}-\d\d-\d\d$/;
const stamp = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

const read = (value: unknown, form: RegExp): Date | undefined => {
  if (typeof value !== 'string' || !form.test(value)) return undefined;
  // A leap second, which a Date does not have, is the second before it.
  const date = new Date(value.toUpperCase().replace(/:60(?=[.Z+-])/, ':59'));
  return Number.isNaN(date.getTime()) ? undefined : date;
};

const write = (value: unknown, length?: number): string | undefined =>
  value instanceof Date ? value.toISOString().slice(0, length) : undefined;

/**
 * dates makes a `Date` of each `date-time` and of each `date`, which is midnight in UTC; in requests it is the day in
 * UTC. A Date has milliseconds and no offset: what a text says beyond that is lost.
 */
export const dates: Codecs = {
  'date-time': { take: (value) => read(value, stamp), give: (value) => write(value) },
  date: { take: (value) => read(value, full), give: (value) => write(value, 10) },
};
