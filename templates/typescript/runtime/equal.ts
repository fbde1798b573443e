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
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times)) || !Number.isFinite(times);
}

const bits = (format: string, n: bigint): [string, [bigint, bigint]][] => [
  [`int${format}`, [-(2n ** (n - 1n)), 2n ** (n - 1n) - 1n]],
  [`uint${format}`, [0n, 2n ** n - 1n]],
];

/** The least and the greatest number of a format. */
export const ranges: { readonly [format: string]: readonly [number | bigint, number | bigint] } = {
  ...Object.fromEntries([8, 16, 32, 64].flatMap((n) => bits(`${n}`, BigInt(n)))),
  float: [-3.4028235677973366e38, 3.4028235677973366e38],
};
