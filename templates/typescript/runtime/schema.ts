import { below } from './convert.js';
import type { Violation } from './error.js';
import { isOf } from './formats.js';
import { equal, hasDuplicates, isMultiple, kindOf, ranges } from './equal.js';

/** A JSON Schema 2020-12 whose references are `#/Name` of its table, or go on from there. */
export type Schema = boolean | { readonly [keyword: string]: unknown };

/** Schemas by name. */
export interface SchemaTable {
  readonly [name: string]: Schema;
}

/** At most so many violations are told. */
const most = 100;

/** What is nested deeper than this is refused. */
const deepest = 500;

/** violations checks a value against a schema of a table by name, and gives what is wrong with it. */
export function violations(table: SchemaTable, name: string, value: unknown): Violation[] {
  const run: Run = { table, known: new Map(), patterns: new Map() };
  return new Visit(run, value, '', 0).apply(table[name] ?? true, '').found;
}

/** What the visits of one value share. */
interface Run {
  readonly table: SchemaTable;
  /** What became of a value under a schema: unions that recurse ask the same again and again. */
  readonly known: Map<Schema, Map<unknown, Visit>>;
  readonly patterns: Map<string, RegExp | undefined>;
}

// Keywords hold whatever the document says; the generator has made sure that it makes sense.
type Keywords = { readonly [keyword: string]: any };
type Members = { readonly [name: string]: unknown };

/** One schema applied to one value of the text that is checked. */
class Visit {
  readonly found: Violation[] = [];
  /** The members or items that some keyword has looked at, for the `unevaluated` ones. */
  readonly seen = new Set<string | number>();
  readonly #run: Run;
  readonly #value: unknown;
  readonly #at: string;
  readonly #depth: number;

  constructor(run: Run, value: unknown, at: string, depth: number) {
    this.#run = run;
    this.#value = value;
    this.#at = at;
    this.#depth = depth;
  }

  /** Applies a schema. `rule` is the keyword that led to it, which the schema `false` breaks. */
  apply(schema: Schema, rule: string): Visit {
    if (typeof schema === 'boolean') {
      if (!schema) this.#tell(rule, 'must not be there');
      return this;
    }
    const value = this.#value;
    const { known } = this.#run;
    const visits = known.get(schema) ?? new Map<unknown, Visit>();
    const before = visits.get(value);
    if (before) return before;
    if (this.#depth > deepest) {
      this.#tell('depth', 'is nested too deeply');
      return this;
    }
    this.#scalar(schema);
    this.#combined(schema);
    if (Array.isArray(value)) this.#array(schema, value);
    else if (kindOf(value) === 'object') this.#object(schema, value as Members);
    if (value instanceof Object) known.set(schema, visits.set(value, this));
    return this;
  }

  #tell(rule: string, message: string, pointer = this.#at): void {
    if (this.found.length < most) this.found.push({ pointer, rule, message });
  }

  #expect(holds: boolean, rule: string, message: string): void {
    if (!holds) this.#tell(rule, message);
  }

  /** What becomes of the value, or of one of its members, under another schema. */
  #test(schema: Schema, rule: string, value = this.#value, key?: string | number): Visit {
    const at = key === undefined ? this.#at : below(this.#at, key);
    return new Visit(this.#run, value, at, this.#depth + 1).apply(schema, rule);
  }

  /** Another schema must hold for the value. */
  #also(schema: Schema, rule: string): void {
    this.#take(this.#test(schema, rule));
  }

  #take({ found, seen }: Visit): void {
    for (const { rule, message, pointer } of found) this.#tell(rule, message, pointer);
    for (const key of seen) this.seen.add(key);
  }

  /** A schema must hold for a member or an item. */
  #member(schema: Schema, rule: string, value: unknown, key: string | number): void {
    for (const one of this.#test(schema, rule, value, key).found) this.#tell(one.rule, one.message, one.pointer);
    this.seen.add(key);
  }

  #scalar(s: Keywords): void {
    const value = this.#value;
    const kind = kindOf(value);
    const types: string[] = [s['type'] ?? kind].flat();
    if (!types.includes(kind) && !(kind === 'integer' && types.includes('number'))) {
      return this.#tell('type', `must be ${types.join(' or ')}`);
    }
    const { enum: values, const: only } = s;
    if (values && !values.some((one: unknown) => equal(one, value))) this.#tell('enum', `must be one of ${list(values)}`);
    if (only !== undefined && !equal(only, value)) this.#tell('const', `must be ${list([only])}`);
    if (typeof value === 'string') this.#string(s, value);
    if (typeof value !== 'number' && typeof value !== 'bigint') return;
    const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: under, multipleOf, format } = s;
    this.#expect(!(value < minimum), 'minimum', `must be at least ${minimum}`);
    this.#expect(!(value > maximum), 'maximum', `must be at most ${maximum}`);
    this.#expect(!(value <= above), 'exclusiveMinimum', `must be more than ${above}`);
    this.#expect(!(value >= under), 'exclusiveMaximum', `must be less than ${under}`);
    this.#expect(multipleOf === undefined || isMultiple(value, multipleOf), 'multipleOf', `must be a multiple of ${multipleOf}`);
    const [low = value, high = value] = ranges[format] ?? [];
    const integral = !/int/.test(format) || !ranges[format] || kind === 'integer';
    this.#expect(value >= low && value <= high && integral, 'format', `must be in the range of ${format}`);
  }

  #string({ minLength = 0, maxLength = Infinity, pattern, format }: Keywords, value: string): void {
    const length = [...value].length; // in characters, not in UTF-16 units
    this.#expect(length >= minLength, 'minLength', `must have at least ${minLength} characters`);
    this.#expect(length <= maxLength, 'maxLength', `must have at most ${maxLength} characters`);
    this.#expect(pattern === undefined || this.#matches(pattern, value), 'pattern', `must match ${pattern}`);
    this.#expect(format === undefined || isOf(format, value), 'format', `must be of the format ${format}`);
  }

  /** True for a pattern that this engine does not understand. */
  #matches(pattern: string, text: string): boolean {
    const { patterns } = this.#run;
    if (!patterns.has(pattern)) patterns.set(pattern, compiled(pattern, 'u') ?? compiled(pattern));
    return patterns.get(pattern)?.test(text) ?? true;
  }

  #combined(s: Keywords): void {
    const { $ref, allOf = [], not, if: when, then = true, else: otherwise = true } = s;
    if ($ref !== undefined) this.#also(this.#resolve($ref), '$ref');
    for (const schema of allOf) this.#also(schema, 'allOf');
    this.#union(s, 'anyOf');
    this.#union(s, 'oneOf');
    if (not !== undefined) this.#expect(this.#test(not, '').found.length > 0, 'not', 'must not be like this');
    if (when === undefined) return;
    const outcome = this.#test(when, '');
    if (outcome.found.length) return this.#also(otherwise, 'else');
    this.#take(outcome);
    this.#also(then, 'then');
  }

  #union(s: Keywords, rule: string): void {
    const branches: readonly Schema[] | undefined = s[rule];
    if (!branches) return;
    const chosen = this.#chosen(s, branches);
    if (chosen !== undefined) return this.#also(chosen, rule);
    const fitting = branches.map((branch) => this.#test(branch, rule)).filter(({ found }) => !found.length);
    for (const one of fitting) this.#take(one);
    this.#expect(fitting.length > 0, rule, `must be one of ${branches.length} alternatives`);
    this.#expect(rule === 'anyOf' || fitting.length < 2, rule, `must be one alternative only, and fits ${fitting.length}`);
  }

  /** The branch that the discriminator names; undefined where there is none, or none that it names. */
  #chosen({ discriminator }: Keywords, branches: readonly Schema[]): Schema | undefined {
    const name = discriminator?.propertyName;
    const tag = name !== undefined && kindOf(this.#value) === 'object' && (this.#value as Members)[name];
    if (typeof tag !== 'string') return undefined;
    const { mapping = {} } = discriminator;
    const leads = (branch: Keywords, ref: string) => [ref, `#/${ref}`].includes(branch['$ref']);
    return branches.find((branch) => {
      if (Object.hasOwn(mapping, tag)) return leads(branch as Keywords, mapping[tag]);
      return this.#constants(branch, name, 0)?.includes(tag) ?? leads(branch as Keywords, tag);
    });
  }

  /** The values that a schema allows for a member, where it lists them. */
  #constants(schema: Keywords | boolean, name: string, depth: number): readonly unknown[] | undefined {
    if (typeof schema === 'boolean' || depth > 8) return undefined;
    const { properties, $ref, allOf = [] } = schema;
    const { const: only, enum: listed }: Keywords = properties?.[name] ?? {};
    const values = listed ?? (only === undefined ? undefined : [only]);
    const others = $ref === undefined ? allOf : [...allOf, this.#resolve($ref)];
    return values ?? others.map((one: Keywords) => this.#constants(one, name, depth + 1)).find(Boolean);
  }

  #resolve(ref: string): Schema {
    let target: any = this.#run.table;
    for (const step of ref.slice(2).split('/')) {
      const plain = step.replace(/~1/g, '/').replace(/~0/g, '~');
      const has = (name: string) => target instanceof Object && Object.hasOwn(target, name);
      target = has(plain) ? target[plain] : (target[decodeURIComponent(plain)] ?? true);
    }
    return target;
  }

  #object(s: Keywords, value: Members): void {
    const { required = [], minProperties = 0, maxProperties = Infinity, propertyNames, additionalProperties: rest } = s;
    const names = Object.keys(value);
    const need = (name: string, rule: string) => {
      if (!Object.hasOwn(value, name)) this.#tell(rule, 'is required', below(this.#at, name));
    };
    for (const name of required) need(name, 'required');
    this.#expect(names.length >= minProperties, 'minProperties', `must have at least ${minProperties} members`);
    this.#expect(names.length <= maxProperties, 'maxProperties', `must have at most ${maxProperties} members`);
    for (const [, others] of present<string[]>(s['dependentRequired'], value)) {
      for (const other of others) need(other, 'dependentRequired');
    }
    for (const [, schema] of present<Schema>(s['dependentSchemas'], value)) this.#also(schema, 'dependentSchemas');
    const named = new Map(present<Schema>(s['properties'], value));
    const patterns = Object.entries<Schema>(s['patternProperties'] ?? {});
    for (const name of names) {
      const matching = patterns.filter(([pattern]) => this.#matches(pattern, name));
      const own = named.get(name);
      if (own !== undefined) this.#member(own, 'properties', value[name], name);
      for (const [, schema] of matching) this.#member(schema, 'patternProperties', value[name], name);
      const other = own === undefined && !matching.length && rest !== undefined;
      if (other) this.#member(rest, 'additionalProperties', value[name], name);
      if (propertyNames === undefined || !this.#test(propertyNames, '', name).found.length) continue;
      this.#tell('propertyNames', 'must have another name', below(this.#at, name));
    }
    const { unevaluatedProperties: left } = s;
    if (left === undefined) return;
    for (const name of names) if (!this.seen.has(name)) this.#member(left, 'unevaluatedProperties', value[name], name);
  }

  #array(s: Keywords, value: readonly unknown[]): void {
    const { minItems = 0, maxItems = Infinity, prefixItems = [], items, uniqueItems, unevaluatedItems: left } = s;
    this.#expect(value.length >= minItems, 'minItems', `must have at least ${minItems} items`);
    this.#expect(value.length <= maxItems, 'maxItems', `must have at most ${maxItems} items`);
    this.#expect(!uniqueItems || !hasDuplicates(value), 'uniqueItems', 'must not have equal items');
    for (const [i, item] of value.entries()) {
      if (i < prefixItems.length) this.#member(prefixItems[i], 'prefixItems', item, i);
      else if (items !== undefined) this.#member(items, 'items', item, i);
    }
    const { contains, minContains = 1, maxContains = Infinity } = s;
    if (contains !== undefined) {
      const fitting = [...value.keys()].filter((i) => !this.#test(contains, '', value[i], i).found.length);
      for (const i of fitting) this.seen.add(i);
      this.#expect(fitting.length >= minContains, 'contains', `must have at least ${minContains} items of a kind`);
      this.#expect(fitting.length <= maxContains, 'contains', `must have at most ${maxContains} items of a kind`);
    }
    if (left === undefined) return;
    for (const [i, item] of value.entries()) if (!this.seen.has(i)) this.#member(left, 'unevaluatedItems', item, i);
  }
}

/** The entries of a keyword for members that are there. */
const present = <T>(keyword: { readonly [name: string]: T } | undefined, value: Members): [string, T][] =>
  Object.entries(keyword ?? {}).filter(([name]) => Object.hasOwn(value, name));

const list = (values: readonly unknown[]): string => JSON.stringify(values).slice(1, -1).slice(0, 200);

function compiled(pattern: string, flags?: string): RegExp | undefined {
  try {
    return RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}
