// A proxy such as companies have: it lets HTTP through, and no WebSocket until it is told to.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";

/** Starts a proxy in front of a server. It answers upgrades with 403 and 502 in turns while `upgrades` is false. */
export async function startProxy(target) {
  const { hostname, port } = new URL(target);
  const open = new Set(); // responses that are event streams
  const sockets = new Set();
  let broken = false;

  const server = createServer((incoming, outgoing) => {
    const stream = incoming.url.endsWith("/stream");
    if (stream && broken) return void outgoing.writeHead(502).end();
    const { method, url: path, headers } = incoming;
    const upstream = request({ hostname, port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode, response.headers);
      outgoing.flushHeaders();
      if (stream && response.statusCode === 200) open.add(outgoing);
      response.pipe(outgoing);
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => {
      open.delete(outgoing);
      upstream.destroy();
    });
    incoming.pipe(upstream);
  });

  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });

  server.on("upgrade", (incoming, socket, head) => {
    socket.on("error", () => {}); // a close follows
    if (!proxy.upgrades) {
      const status = proxy.refused++ % 2 ? "502 Bad Gateway" : "403 Forbidden";
      return void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
    proxy.tunnels++;
    const upstream = connect(port, hostname, () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
      upstream.write(lines.join("\r\n") + "\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
  });

  const proxy = {
    url: "",
    /** Whether upgrades are let through. */
    upgrades: false,
    /** How many were refused, and how many let through. */
    refused: 0,
    tunnels: 0,
    /** How many event streams go through now. */
    get streams() {
      return open.size;
    },
    /** Breaks all event streams, and refuses new ones until `mend`. */
    cut() {
      broken = true;
      for (const response of open) response.destroy();
    },
    mend() {
      broken = false;
    },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
  server.listen(0, "localhost");
  await once(server, "listening");
  proxy.url = `http://localhost:${server.address().port}`;
  return proxy;
}
