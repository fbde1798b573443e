// Follows a room with some generated clients, which say something all the time, and prints what becomes of it, a JSON
// value on each line, until its input ends: node rove.mjs CLIENT URL ROOM COUNT. A line of input ends the saying.
import { pathToFileURL } from 'node:url';

const [file, url, room, count] = process.argv.slice(2);
const { createClient } = await import(pathToFileURL(file));
const print = (value) => process.stdout.write(JSON.stringify(value) + '\n');

let quiet = false;
const clients = Array.from({ length: Number(count) }, (_, client) => {
  const api = createClient({ url, transport: 'socket', onError: (error) => print({ kind: 'error', client, detail: String(error) }) });
  const channel = api.channel('room', { room });
  channel.on('said', (data, meta) => print({ kind: 'event', client, seq: meta.seq, id: meta.id, said: data.id }));
  channel.on('$gap', ({ from, to }) => print({ kind: 'gap', client, from, to }));
  channel.on('$reset', ({ reason }) => print({ kind: 'reset', client, detail: reason }));
  api.on('state', (state) => print({ kind: 'state', client, detail: state }));
  return { api, said: say(api, client) };
});

async function say(api, client) {
  await api.join({ path: { room } });
  print({ kind: 'joined', client });
  for (let n = 0; !quiet; n++) {
    const id = `${client}-${n}`;
    try {
      const { status } = await api.say({ path: { room }, body: { id } }, { idempotencyKey: id });
      print({ kind: 'said', client, said: id, detail: String(status) });
    } catch (error) {
      print({ kind: 'failed', client, said: id, detail: String(error) });
    }
    await new Promise((resolve) => setTimeout(resolve, 500)); // the history is short
  }
}

process.stdin.once('data', async () => {
  quiet = true;
  await Promise.all(clients.map(({ said }) => said));
  print({ kind: 'quiet' });
});
process.stdin.on('end', () => {
  for (const { api } of clients) api.disconnect();
  process.exit(0);
});
