// Follows rooms with a generated client and prints what it gets, a JSON value on each line, until its input
// ends: node follow.mjs CLIENT socket|stream URL ROOM... By stream there is no WebSocket at all, as in an older Node.
import { pathToFileURL } from 'node:url';

const [client, by, url, ...rooms] = process.argv.slice(2);
if (by === 'stream') delete globalThis.WebSocket;
const { createClient } = await import(pathToFileURL(client));
const print = (value) => process.stdout.write(JSON.stringify(value) + '\n');

// Reconnecting takes half a second each time, not by a growing die.
const clock = {
  now: () => performance.now(),
  after: (ms, f) => {
    const timer = setTimeout(f, ms);
    return () => clearTimeout(timer);
  },
  random: () => 0,
};
// Nothing but a timeout ends a request whose connection is half open.
const api = createClient({ url, clock, timeout: 3000, transport: by === 'socket' ? by : 'auto', onError: (error) => print({ kind: 'error', detail: String(error) }) });

for (const room of rooms) {
  const channel = api.channel('room', { room });
  channel.on('said', (data, meta) => print({ kind: 'event', room, seq: meta.seq, id: meta.id, said: data.id }));
  channel.on('$gap', ({ from, to }) => print({ kind: 'gap', room, from, to }));
  channel.on('$reset', ({ reason }) => print({ kind: 'reset', room, reason }));
  void join(room);
}

async function join(room) {
  for (;;) {
    try {
      await api.join({ path: { room } });
      return print({ kind: 'joined', room });
    } catch (error) {
      print({ kind: 'retry', room, detail: String(error) }); // the outcome of a call that was cut off is not known
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

process.stdin.on('end', () => {
  api.disconnect();
  process.exit(0);
});
process.stdin.resume();
