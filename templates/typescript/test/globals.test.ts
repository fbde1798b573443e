import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { ClientOptions, WebSocketConstructor } from '../runtime/index.js';

test('the fetch and the WebSocket of browsers fit the options', () => {
  // Compiling is most of the test; Node has the WebSocket from version 22 on.
  const options: ClientOptions = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket satisfies WebSocketConstructor };
  assert.equal(options.fetch, fetch);
});
