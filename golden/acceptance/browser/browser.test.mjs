// Opens the pages of this folder in a real Chromium: what a page without a build step does with the
// emitted bundle, and what a page of a foreign origin cannot do with the visitor's cookie.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

const root = resolve(import.meta.dirname, "../../..");
// One installation of the browser's driver serves both folders of browser tests.
const { chromium } = createRequire(join(root, "examples/chat/e2e/package.json"))("playwright-core");
const dir = mkdtempSync(join(tmpdir(), "rtgen-acceptance-"));

let browser, server, own, foreign;

before(async () => {
  const go = (...args) => execFileSync("go", args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const client = join(dir, "client.js");
  go("run", "./cmd/rtgen", "generate", "golden/acceptance/openapi.yaml", "--ts", join(dir, "client"), "--js", client);
  go("build", "-o", join(dir, "browser"), "./golden/acceptance/browser");
  server = spawn(join(dir, "browser"), [client], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(server.stdout), "line");
  [own, foreign] = line.split(" ");
  const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => path && existsSync(path));
  assert.ok(executablePath, "Chromium is missing: `make test` installs it");
  browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  if (server) {
    const exited = once(server, "exit");
    server.stdin.end();
    await exited;
  }
  rmSync(dir, { recursive: true, force: true });
});

/** Opens a page; its errors fail the test. */
async function open(t, context, url) {
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  t.after(() => assert.deepEqual(errors, [], `errors on ${url}`));
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  return page;
}

test("a page prints status 200 and the body of /hello", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await open(t, context, own);
  await page.locator("#first", { hasText: "200 Hello from the server" }).waitFor();
});

test("a client connected by hand tells when it is connected", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await open(t, context, own);
  await page.locator("#second", { hasText: "connected" }).waitFor();
});

test("a page of a foreign origin cannot open the socket with the visitor's cookie", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await open(t, context, own);
  await page.waitForFunction(() => window.client);

  // The visitor signs in, and its own page uses the session over the socket.
  const mine = await page.evaluate(async () => {
    await client.connect();
    await client.signIn();
    client.disconnect();
    await client.connect(); // a socket's cookies are those of its handshake
    const { status, body } = await client.private({}, { transport: "socket" });
    return { status, body };
  });
  assert.deepEqual(mine, { status: 200, body: { socket: true, name: "victim" } });

  const evil = await open(t, context, foreign);
  const { code, heard } = await evil.evaluate((url) => window.attack(url), own);
  assert.deepEqual({ code, heard }, { code: 1006, heard: [] }, "the handshake is refused");

  // The attack was a real one: the browser has sent the cookie along.
  const record = await (await fetch(own + "/record")).json();
  const from = (what, origin) => record.filter((one) => one.what === what && one.origin === origin && one.cookie.includes("sid=victim"));
  assert.equal(from("tried", foreign).length, 1, "the stranger's page tried, with the cookie");
  assert.equal(from("opened", foreign).length, 0, "and got no socket");
  assert.ok(from("opened", own).length > 0, "the server's own page got one");
});
