// What tsc must accept and refuse of the emitted clients. Nothing here runs: compiling is the test.

import { createClient, createHttpClient, unwrap, type Message, type Problem } from './chat/index.js';
import { createClient as createConstructs, type FileSchema, type Hostile, type JsonValue } from './constructs/index.js';
import { createClient as createOrders, type Order } from './orders/index.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => {};

export async function calls(): Promise<void> {
  const client = createClient();
  const path = { roomId: 'r' };

  const created = await client.createMessage({ path, body: { text: 'hi' } }, { timeout: 1000, idempotencyKey: 'k' });
  if (created.status === 201) {
    same<typeof created.body, Message>(true);
    same<typeof created.ok, true>(true);
    same<typeof created.headers.location, string | undefined>(true);
  } else {
    same<typeof created.body, Problem>(true);
    same<typeof created.ok, false>(true);
  }
  if (created.ok) same<typeof created.status, 201>(true);
  if (created.status === 404) same<typeof created.body, Problem>(true);
  same<Awaited<ReturnType<typeof unwrapped>>, Message>(true);
  async function unwrapped() {
    return unwrap(client.createMessage({ path, body: { text: 'hi' } }));
  }

  await client.createMessage({ path, headers: { 'Idempotency-Key': undefined }, body: { text: '' } });
  // @ts-expect-error the body is required
  await client.createMessage({ path });
  // @ts-expect-error text is a string
  await client.createMessage({ path, body: { text: 1 } });
  // @ts-expect-error text is required
  await client.createMessage({ path, body: {} });
  // @ts-expect-error there is no such member
  await client.createMessage({ path, body: { text: '', extra: 1 } });
  // @ts-expect-error roomId is a string
  await client.createMessage({ path: { roomId: 7 }, body: { text: '' } });
  // @ts-expect-error the path is required
  await client.listMessages();
  // @ts-expect-error there is no such operation
  await client.listMessage({ path });
  // @ts-expect-error there is no such transport
  await client.listMessages({ path }, { transport: 'pigeon' });
  // @ts-expect-error the status is not documented
  if ((await client.leaveRoom({ path })).status === 200) return;
}

export async function callsByPath(): Promise<void> {
  const client = createClient();
  const path = { roomId: 'r' };
  const listed = await client.get('/rooms/{roomId}/messages', { path });
  if (listed.ok) same<typeof listed.body, Message[]>(true);
  await client.post('/rooms/{roomId}/messages', { path, body: { text: '' } }, { transport: 'http' });
  // @ts-expect-error the path template is not in the document
  await client.get('/rooms', { path });
  // @ts-expect-error no operation has this method
  await client.put('/rooms/{roomId}/messages', { path });
  // @ts-expect-error a body of another operation
  await client.post('/rooms/{roomId}/typing', { path, body: { text: '' } });
  // @ts-expect-error the path parameters are required
  await client.get('/rooms/{roomId}/messages');
}

export async function channels(): Promise<void> {
  const client = createClient();
  const listed = await client.listMessages({ path: { roomId: 'r' } });
  if (!listed.ok) {
    // @ts-expect-error a failed call has joined nothing
    listed.channels.room;
    return;
  }
  const { room } = listed.channels;
  const off: () => void = room.on('message.created', (message, meta) => {
    same<typeof message, Message>(true);
    same<typeof meta.seq, number | undefined>(true);
  });
  off();
  room.on('$gap', (gap) => same<typeof gap.from, number>(true));
  room.on('$reset', ({ result }) => {
    if (result.ok) same<typeof result.body, Message[]>(true);
  });
  same<(typeof room.members) extends ReadonlyMap<string, infer M> ? M : 0, { name: string }>(true);
  for await (const event of room) {
    if (event.type === 'typing') same<typeof event.data, { user: string }>(true);
    if (event.type === 'message.created') same<typeof event.data, Message>(true);
    // @ts-expect-error the channel has no such event
    if (event.type === 'message.edited') return;
  }
  // @ts-expect-error the channel has no such event
  room.on('message.edited', () => {});
  // @ts-expect-error the payload is a message
  room.on('message.created', (message: { user: string }) => message);
  client.channel('room', { roomId: 'r' }).on('typing', ({ user }) => user.length);
  // @ts-expect-error there is no such channel
  client.channel('lobby', {});
  // @ts-expect-error the parameter is required
  client.channel('room', {});
}

export async function connection(): Promise<void> {
  const client = createClient({ url: 'http://localhost', autoConnect: false, auth: () => ({ scheme: 'Bearer', token: 't' }) });
  client.on('state', (state) => state === 'draining');
  client.on('connect', () => {});
  await client.connect();
  client.disconnect();
  // @ts-expect-error there is no such event
  client.on('open', () => {});
  // @ts-expect-error credentials have a scheme
  createClient({ auth: () => ({ token: 't' }) });
  // @ts-expect-error a client without a socket has no connection
  createHttpClient().connect();
}

export async function severalStatuses(): Promise<void> {
  const orders = createOrders();
  const got = await orders.getOrder({ path: { orderId: 7 } }, { headers: { 'if-none-match': '"1"' } });
  switch (got.status) {
    case 200:
      same<typeof got.body, Order>(true);
      same<typeof got.headers.etag, string | undefined>(true);
      got.channels.courier.on('position', ({ lat }) => lat.toFixed());
      got.channels.order.on('order.changed', ({ state }) => state === 'paid');
      break;
    case 304:
      same<typeof got.body, undefined>(true);
      break;
    case 404:
      same<typeof got.body, { [key: string]: unknown }>(true);
      break;
    default:
      same<typeof got, never>(true);
  }
  // @ts-expect-error not a state of an order
  if (got.status === 200 && got.body.state === 'lost') return;
  // @ts-expect-error orderId is a number
  await orders.getOrder({ path: { orderId: '7' } });
}

export async function constructs(): Promise<void> {
  const client = createConstructs({ url: 'http://localhost' });
  await client.ping();
  await client.get('/ping');
  await client.createThing({ body: { meta: {} } });
  await client.createThing({ body: 'a,b', contentType: 'text/csv' });
  await client.createThing({ body: { name: 'n', file: new Blob([]) }, contentType: 'multipart/form-data' });
  // @ts-expect-error a text needs its content type
  await client.createThing({ body: 'a,b' });
  // @ts-expect-error the server gives the id
  await client.createThing({ body: { id: '1', meta: {} } });
  // @ts-expect-error cookies are required
  await client.getOperation({ path: { id: 1 } });
  await client.getOperation({ path: { id: 1 }, cookies: { sid: 's' }, query: { ids: undefined, filter: { near: [1, 2, 'x'] } } });
  // @ts-expect-error a point has two numbers
  await client.getOperation({ path: { id: 1 }, cookies: { sid: 's' }, query: { filter: { near: [1] } } });

  const created = await client.createThing({ body: { meta: {} } });
  if (created.status === 200 && created.type === 'text/csv') same<typeof created.body, string>(true);
  if (created.status === 201) {
    same<typeof created.headers.location, string>(true);
    const { pet } = created.body;
    if (pet?.kind === 'cat') same<typeof pet.lives, number>(true);
    // @ts-expect-error the id is the server's
    created.body.id = 'x';
  }
  if (created.status === 409) same<typeof created.body, Hostile>(true);
  if (created.status === 404) same<typeof created.body, JsonValue>(true);
  if (created.status === 500) same<typeof created.body, { message: string }>(true);
  if (created.ok) same<typeof created.status, 200 | 201>(true);
  const pong = await client.ping();
  same<typeof pong.body, FileSchema>(true);
  const downloaded = await client.download({ path: { name: 'a' } });
  if (downloaded.status === 302) same<typeof downloaded.headers.location, string>(true);
  else same<typeof downloaded.body, Blob>(true);
}
