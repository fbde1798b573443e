import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api as chat } from './emitted/chat/operations.js';
import { createClient } from './emitted/constructs/index.js';
import { api as constructs } from './emitted/constructs/operations.js';
import { createClient as createOrders, createHttpClient as createOrdersHttp } from './emitted/orders/index.js';
import { api as orders } from './emitted/orders/operations.js';
import type { Api } from '../runtime/index.js';
import { Rig, json } from './support/server.js';

test('emitted tables fit the runtime', () => {
  const apis: Api[] = [chat, orders, constructs];
  for (const { operations, channels = {} } of apis) {
    for (const { leave } of Object.values(channels)) assert.ok(leave === undefined || operations[leave]);
    for (const { route } of Object.values(operations)) assert.match(route, /^[A-Z]+ \//);
  }
});

test('emitted calls become the requests that the document describes', async () => {
  const seen: string[] = [];
  const client = createClient({
    url: 'http://a.test/v1',
    fetch: async (url, init) => {
      seen.push(`${init.method} ${url} ${(init.headers as Headers).get('cookie')}`);
      return json({ files: [] });
    },
  });
  await client.getOperation({ path: { id: 7 }, query: { filter: { state: 'on', near: [1, 2] }, ids: [1, 2], 'page-size': 5 }, cookies: { sid: 'x y' } });
  await client.get('/ping');
  assert.deepEqual(seen, [
    'GET http://a.test/v1/things/;id=7?filter%5Bstate%5D=on&filter%5Bnear%5D=1&filter%5Bnear%5D=2&ids=1%7C2&page-size=5 sid=x%20y',
    'GET http://a.test/v1/ping null',
  ]);
});

test('several channels of one call, and a conditional request', async () => {
  const rig = new Rig({ autoConnect: false });
  const client = createOrdersHttp({ fetch: async (_, init) => ((init.headers as Headers).get('if-none-match') ? new Response(null, { status: 304 }) : json({ id: 7, revision: 1, state: 'paid' }, 200, { etag: '"1"' })) });
  const first = await client.getOrder({ path: { orderId: 7 } });
  assert.equal(first.status === 200 && first.headers.etag, '"1"');
  const second = await client.getOrder({ path: { orderId: 7 } }, { headers: { 'if-none-match': '"1"' } });
  assert.deepEqual([second.status, second.body, second.ok], [304, undefined, false]);
  const realtime = createOrders({ autoConnect: false });
  assert.equal(realtime.channel('courier', { orderId: 7 }).address, 'orders/7/courier');
  assert.equal(realtime.state, 'idle');
  assert.equal(rig.sockets.length, 0);
});

test('an operation that is a channel waits for the socket', async () => {
  const requests: string[] = [];
  const client = createOrders({ autoConnect: false, fetch: async (url) => (requests.push(url), json({})) });
  const controller = new AbortController();
  const watching = client.watchOrder({ path: { orderId: 7 } }, { signal: controller.signal });
  controller.abort();
  await assert.rejects(watching, { code: 'aborted', outcomeUnknown: false });
  assert.deepEqual(requests, []);
});
