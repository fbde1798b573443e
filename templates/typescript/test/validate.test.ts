import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convert, createHttpClient, isFormat, RtgenError, validated, type AnyResult, type Api, type Branded, type Schema, type Schemas } from '../runtime/index.js';
import { violations } from '../runtime/schema.js';
import { json, outcome } from './support/server.js';

/** A schema, values that it takes, and values that it does not, each with `pointer rule` of what is wrong. */
const table: [schema: Schema, good: unknown[], bad: [value: unknown, ...found: string[]][]][] = [
  [true, [1, null, {}], []],
  [false, [], [[1, ' '], [{}, ' ']]],
  [{ type: 'integer' }, [1, 1.0, 2n], [[1.5, ' type'], ['1', ' type'], [null, ' type']]],
  [{ type: ['string', 'null'] }, ['', null], [[0, ' type'], [{}, ' type']]],
  [{ enum: [1, 'a', { k: [1, 2] }] }, [1, 'a', { k: [1, 2] }], [['b', ' enum'], [{ k: [2, 1] }, ' enum'], [['members', []], ' enum']]],
  [{ const: { a: 1, b: 2 } }, [{ b: 2, a: 1 }], [[{ a: 1 }, ' const']]],
  [{ minLength: 2, maxLength: 3 }, ['ab', '😀😀😀', 7], [['😀', ' minLength'], ['abcd', ' maxLength']]],
  [{ pattern: '^\\p{L}+$' }, ['äb'], [['1', ' pattern']]],
  [{ pattern: '(?P<no>js)' }, ['anything'], []],
  [{ minimum: 1, exclusiveMaximum: 5, multipleOf: 0.1 }, [1, 1.1, 4.9], [[0, ' minimum'], [5, ' exclusiveMaximum'], [1.05, ' multipleOf']]],
  [{ type: 'integer', format: 'int32' }, [2147483647, -2147483648], [[2147483648, ' format']]],
  [{ format: 'uint64', multipleOf: 5 }, [18446744073709551615n], [[18446744073709551620n, ' format'], [-5, ' format']]],
  [{ format: 'date-time' }, ['2024-02-29T23:59:60Z', '2024-01-01t00:00:00.5+01:00'], [['2023-02-29T00:00:00Z', ' format'], ['2024-01-01', ' format']]],
  [{ format: 'uuid' }, ['2eb8aa08-aa98-11ea-b4aa-73b441d16380'], [['2eb8aa08', ' format']]],
  [{ format: 'made-up' }, ['anything'], []],
  [
    { required: ['a', 'b/c'], properties: { a: { type: 'string' }, n: { type: 'number' } }, additionalProperties: false, maxProperties: 3 },
    [],
    [[{ a: 1 }, '/b~1c required', '/a type'], [{ a: '', x: 1, 'b/c': 0 }, '/x additionalProperties', '/b~1c additionalProperties']],
  ],
  [{ patternProperties: { '^x-': { type: 'string' } }, propertyNames: { maxLength: 4 } }, [{ 'x-a': '' }], [[{ 'x-a': 1 }, '/x-a type'], [{ longer: 1 }, '/longer propertyNames']]],
  [{ dependentRequired: { a: ['b'] }, minProperties: 1 }, [{ b: 1 }, { a: 1, b: 1 }], [[{ a: 1 }, '/b dependentRequired'], [{}, ' minProperties']]],
  [{ prefixItems: [{ type: 'string' }], items: { type: 'number' }, minItems: 1 }, [['a', 1]], [[[], ' minItems'], [[1, 'a'], '/0 type', '/1 type']]],
  [{ uniqueItems: true }, [[1, '1', { a: 1 }, [1]]], [[[{ a: 1, b: 2 }, { b: 2, a: 1 }], ' uniqueItems']]],
  [{ contains: { type: 'number' }, maxContains: 1 }, [['a', 1]], [[['a'], ' contains'], [[1, 2], ' contains']]],
  [{ allOf: [{ properties: { a: true } }], unevaluatedProperties: false }, [{ a: 1 }], [[{ b: 1 }, '/b unevaluatedProperties']]],
  [{ prefixItems: [true], unevaluatedItems: { type: 'null' } }, [[1, null]], [[[1, 2], '/1 type']]],
  [{ anyOf: [{ type: 'string' }, { minimum: 3 }] }, ['', 4], [[1, ' anyOf']]],
  [{ oneOf: [{ type: 'number' }, { minimum: 3 }] }, [1, 'a'], [[4, ' oneOf']]],
  [{ not: { type: 'string' }, if: { minimum: 5 }, then: { maximum: 6 }, else: { maximum: 1 } }, [1, 5], [['', ' not'], [7, ' maximum'], [2, ' maximum']]],
  [{ properties: { __proto__: { type: 'string' } } }, [{}], []],
  [JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), [{}], [[JSON.parse('{"__proto__":1}'), '/__proto__ type']]],
  [{ $ref: '#/Tree' }, [{ kids: [{ kids: [] }] }], [[{ kids: [{ kids: 1 }] }, '/kids/0/kids type']]],
  [{ $ref: '#/Tree/properties/kids' }, [[]], [[1, ' type']]],
  [{ $ref: '#/a~1b%25' }, ['s'], [[1, ' type']]],
  [
    { oneOf: [{ $ref: '#/Cat' }, { $ref: '#/Dog' }], discriminator: { propertyName: 'kind', mapping: { hound: '#/Dog' } } },
    [{ kind: 'Cat' }, { kind: 'hound', bark: '' }],
    [[{ kind: 'hound', bark: 1 }, '/bark type'], [{ kind: 'Cow' }, ' oneOf']],
  ],
];
const types = {
  Tree: { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#/Tree' } } } },
  'a/b%': { type: 'string' },
  Cat: { properties: { kind: { type: 'string' } } },
  Dog: { properties: { bark: { type: 'string' } } },
};

test('every keyword says what is wrong, and where', () => {
  for (const [schema, good, bad] of table) {
    const found = (value: unknown) => violations({ ...types, S: schema }, 'S', value).map(({ pointer, rule }) => `${pointer} ${rule}`);
    for (const value of good) assert.deepEqual(found(value), [], `${JSON.stringify(schema)} takes ${typeof value}`);
    for (const [value, ...wrong] of bad) assert.deepEqual(found(value), wrong, JSON.stringify(schema));
  }
});

test('unions that recurse take linear time, and depth has an end', () => {
  const table: { [name: string]: Schema } = { N: { anyOf: [{ properties: { n: { $ref: '#/N' }, x: { type: 'string' } } }, { properties: { n: { $ref: '#/N' }, x: { type: 'number' } } }] } };
  let value: object = { x: null };
  for (let i = 0; i < 60; i++) value = { n: value, x: 1 };
  assert.deepEqual(violations(table, 'N', value).map(({ rule }) => rule), ['anyOf']);
  let deep: unknown[] = [];
  for (let i = 0; i < 20_000; i++) deep = [deep];
  assert.deepEqual(violations({ L: { items: { $ref: '#/L' } } }, 'L', deep).map(({ rule }) => rule), ['depth']);
  assert.deepEqual(violations({ A: { $ref: '#/B' }, B: { $ref: '#/A' } }, 'A', 1).map(({ rule }) => rule), ['depth']);
  assert.equal(violations({ L: { items: false } }, 'L', Array(500).fill(0)).length, 100);
});

const api: Api = { operations: { op: { route: 'GET /', status: '200 4XX default' } } };
const schemas: Schemas = {
  types: { Item: { required: ['id'] }, Problem: { required: ['title'] } },
  replies: { op: { '200 application/json': 'Item', '4XX': 'Problem' } },
  events: {},
};

test('an answer that breaks the document rejects with all that is wrong, and has the answer', async () => {
  const make = (answer: () => Response, options = {}) =>
    convert<{ op(): Promise<AnyResult> }>(createHttpClient, api, { fetch: async () => answer() }, [validated(schemas, options)]);
  const error = (await outcome(make(() => json({})).op())) as RtgenError;
  assert.ok(error instanceof RtgenError);
  assert.equal(error.code, 'validation');
  assert.equal(error.message, 'op: /id is required');
  assert.deepEqual(error.violations, [{ pointer: '/id', rule: 'required', message: 'is required' }]);
  assert.deepEqual((error.result as AnyResult).body, {});
  assert.equal((await outcome(make(() => json({}, 422)).op())).code, 'validation');
  assert.equal((await make(() => json({}, 500)).op()).status, 500);
  assert.equal((await make(() => json({}), { validate: false }).op()).status, 200);
  assert.equal((await make(() => new Response(null, { status: 200 })).op()).body, undefined);
  assert.equal((await make(() => json({}, 200, { 'content-type': 'application/vnd.a+json' })).op()).status, 200);
});

test('isFormat makes a branded string of one of the format', () => {
  const take = (id: Branded<'uuid'>): string => id;
  const text: string = '2eb8aa08-aa98-11ea-b4aa-73b441d16380';
  assert.ok(isFormat('uuid', text));
  assert.equal(take(text), text);
  // @ts-expect-error not every string is a uuid
  take('plain');
  assert.equal(isFormat('uuid', 'plain'), false);
  assert.equal(isFormat('acme', 'plain'), true);
});

test('formats of text', () => {
  const cases: [format: string, good: string[], bad: string[]][] = [
    ['ipv4', ['0.0.0.0', '255.255.255.255'], ['256.1.1.1', '1.1.1', '01.1.1.1']],
    ['ipv6', ['::', '::1', '1::', 'fe80::1:2', '::ffff:1.2.3.4', '1:2:3:4:5:6:7:8'], ['1:2', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7:8:9', '::1%eth0']],
    ['email', ['a@b', 'a.b+c@x.example', '"a b"@x', 'a@[127.0.0.1]', 'a@[IPv6:::1]'], ['a', '@b', 'a@', '.a@b', 'a@-b']],
    ['hostname', ['a', 'a-b.c1'], ['', '-a', 'a_b', 'a..b']],
    ['uri', ['http://a/b?c#d', 'urn:x:y', 'mailto:a@b'], ['/a', 'a b:c', 'http://a/ b', '://x']],
    ['duration', ['P1D', 'PT1H30M', 'P2W', 'P1Y2M3DT4H'], ['P', 'PT', 'P1H', '1D', 'P1DT']],
    ['time', ['23:59:60Z', '01:29:60+01:30', '00:00:00.5-08:00'], ['24:00:00Z', '10:00:60Z', '10:00:00']],
    ['byte', ['', 'YQ==', 'YWI='], ['YQ', 'Y===', 'Y Q=']],
  ];
  for (const [format, good, bad] of cases) {
    for (const text of good) assert.ok(isFormat(format, text), `${format} ${text}`);
    for (const text of bad) assert.ok(!isFormat(format, text), `${format} ${text}`);
  }
});
