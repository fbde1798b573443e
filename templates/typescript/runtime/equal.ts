// Values as JSON Schema sees them, for clients that check: numbers by value, objects without an order.

/** The type of a value; an integer is one whatever its notation. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'integer';
  return typeof value;
}

/** A text that equal values have in common. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return Number(part);
    if (kindOf(part) !== 'object') return part;
    return { members: Object.entries(part as object).sort(([a], [b]) => (a < b ? -1 : 1)) };
  }) + kindOf(value);

/** Tells whether two JSON values are equal. */
export const equal = (a: unknown, b: unknown): boolean =>
  a === b || (kindOf(a) === kindOf(b) && kindOf(a) !== 'string' && canonical(a) === canonical(b));

/** Tells whether two of the items are equal. */
export const hasDuplicates = (items: readonly unknown[]): boolean => new Set(items.map(canonical)).size < items.length;

/** Tells whether a number is a multiple, as far as doubles can tell: 0.3 is one of 0.1. */
export function isMultiple(value: number | bigint, of: number): boolean {
  if (typeof value === 'bigint' && Number.isInteger(of)) return value % BigInt(of) === 0n;
  const times = Number(value) / of;
  if (!Number.isFinite(times)) return Number(value) % of === 0;
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times));
}

/** The least and the greatest number of a format; beyond that of float, 32 bits round to infinity. */
export const ranges: { readonly [format: string]: readonly [number | bigint, number | bigint] } = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  int64: [-9223372036854775808n, 9223372036854775807n],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
  uint64: [0, 18446744073709551615n],
  float: [-3.4028235677973366e38, 3.4028235677973366e38],
};
