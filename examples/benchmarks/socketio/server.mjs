// The contestant that is not written in Go. It obeys the same lines as package servers.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const authorOf = { id: "user-5b1f7c0e9a", name: "Ada King, Countess Lovelace" };
const eventText = process.argv[2]; // what the load generator says an event says

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => {
  socket.join("general");
  socket.on("createMessage", (n, done) =>
    done({
      id: 1000001, room: "general", author: authorOf, text: n.text, kind: n.kind,
      mentions: n.mentions, replyTo: n.replyTo, sent: Date.now() * 1000,
    }));
});

function publish() {
  io.to("general").emit("message.created", {
    id: 1000001, room: "general", author: authorOf, text: eventText, kind: "text", mentions: ["grace"], replyTo: 51,
    sent: Math.round((performance.timeOrigin + performance.now()) * 1000),
  });
}

async function pace(period, n) {
  const took = [];
  let next = performance.now();
  for (let i = 0; i < n; i++) {
    const left = next - performance.now();
    await new Promise((go) => (left > 1 ? setTimeout(go, left) : setImmediate(go)));
    next += period / 1000;
    const began = performance.now();
    publish();
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  return Math.round(took[Math.floor(n * 0.99)] * 1000);
}

// burst lets the event loop write what has been published, every few events.
async function burst(n) {
  for (let i = 0; i < n; i++) {
    publish();
    if (i % 10 === 9) await new Promise(setImmediate);
  }
}

async function obey(line) {
  const [verb, a, b] = line.split(" ");
  switch (verb) {
    case "cpu": {
      const { user, system } = process.cpuUsage();
      return `cpu ${user + system} 0`;
    }
    case "gc":
      globalThis.gc?.();
      return "gc";
    case "publish":
      await burst(Number(a));
      return `published ${a}`;
    case "pace":
      return `paced ${await pace(Number(a), Number(b))}`;
  }
  return `error ${line} is no command`;
}

http.listen(0, "127.0.0.1", () => console.log(`ready 127.0.0.1:${http.address().port}`));
const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => console.log(await obey(line)));
lines.on("close", () => process.exit(0));
