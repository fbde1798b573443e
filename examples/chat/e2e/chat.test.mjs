// Drives the chat in a real Chromium: two people, both transports, a restart of
// the server in the middle. A failure leaves a screenshot of every page in
// the folder named by E2E_OUT (default: ./out).
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { startProxy } from "./proxy.mjs";

const root = resolve(import.meta.dirname, "../../..");
const out = process.env.E2E_OUT ?? join(import.meta.dirname, "out");
const dir = mkdtempSync(join(tmpdir(), "rtgen-chat-"));
const binary = join(dir, "chat");

let browser;
let server;

before(async () => {
  execFileSync("go", ["build", "-o", binary, "./examples/chat"], { cwd: root, stdio: "inherit" });
  const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => path && existsSync(path));
  assert.ok(executablePath, "Chromium is missing: `make test` installs it");
  browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  server = await startServer("localhost:0");
});

after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Starts the chat on its own database file and waits for its address. */
async function startServer(addr) {
  const child = spawn(binary, ["-addr", addr, "-db", join(dir, "chat.db")], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    exited.then(([code]) => assert.fail(`the server ended with ${code}`)),
  ]);
  const url = line.match(/https?:\/\/\S+/)[0];
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      const [code] = await exited;
      assert.equal(code, 0, "the server ends cleanly");
    },
  };
}

/** Opens the chat as a new person; every error of the page fails the test. */
async function person(t, name, options = {}, url = server.url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  page.setDefaultTimeout(20_000);
  people.push({ name, page });
  t.after(async () => {
    await context.close();
    assert.deepEqual(errors, [], `errors on the page of ${name}`);
  });
  await page.goto(url);
  await page.fill("#sign-in input", name);
  await page.click("#sign-in button");
  await page.locator("#state[data-state=open]").waitFor();
  await page.locator("#messages .note, #messages .message").first().waitFor();
  return page;
}

const people = [];

/** A test whose failure leaves pictures. */
function story(title, run) {
  test(title, async (t) => {
    people.length = 0;
    try {
      await run(t);
    } catch (error) {
      mkdirSync(out, { recursive: true });
      for (const { name, page } of people) {
        const file = join(out, `${title} - ${name}.png`.replaceAll("/", "-"));
        await page.screenshot({ path: file }).catch(() => {});
        t.diagnostic(`screenshot: ${file}`);
      }
      throw error;
    }
  });
}

const say = async (page, text) => {
  await page.fill("#composer input", text);
  await page.press("#composer input", "Enter");
};
const message = (page, text) => page.locator("#messages .message", { hasText: text });
const via = (page, transport) => page.locator(`#transport input[value=${transport}]`).check({ force: true });
const lastRow = (page, operation) => page.locator(`#log li[data-operation=${operation}]`).first();

story("two people talk, over both transports", async (t) => {
  const ada = await person(t, "Ada");
  const bob = await person(t, "Bob");
  await ada.locator("#members [data-name=Bob]").waitFor();
  await bob.locator("#members [data-name=Ada]").waitFor();

  for (const transport of ["socket", "http"]) {
    await via(ada, transport);
    await say(ada, `Hello over ${transport}`);
    await message(bob, `Hello over ${transport}`).waitFor();
    const row = lastRow(ada, "createMessage");
    assert.equal(await row.getAttribute("data-via"), transport);
    await row.locator(".status", { hasText: "201" }).waitFor();
    assert.equal(await message(ada, `Hello over ${transport}`).count(), 1, "shown once, though it came as answer and as event");
  }
});

story("the switch shows equal answers of both transports", async (t) => {
  const ada = await person(t, "Ada Compares");
  for (const transport of ["socket", "http"]) {
    await via(ada, transport);
    await ada.click("#members");
    await lastRow(ada, "listMembers").locator(".same").waitFor();
    assert.equal(await lastRow(ada, "listMembers").locator(".status").innerText(), "200");
    assert.equal(await lastRow(ada, "listMembers").getAttribute("data-via"), transport);
  }
  await lastRow(ada, "listMessages").locator(".same").waitFor();
  assert.equal(await ada.locator("#log .differs").count(), 0);
});

story("typing, a new room and a deletion are seen by the other", async (t) => {
  const ada = await person(t, "Ada Lovelace");
  const bob = await person(t, "Bob Byte");
  await ada.locator("#composer input").pressSequentially("Hm");
  await bob.locator("#typing", { hasText: "Ada Lovelace is writing" }).waitFor();

  const room = `Room ${Date.now()}`;
  await ada.fill("#new-room input", room);
  await ada.press("#new-room input", "Enter");
  await bob.locator("#room-list button", { hasText: room }).click();
  await ada.locator("#members [data-name='Bob Byte']").waitFor();

  await say(ada, "A mistake");
  await message(bob, "A mistake").waitFor();
  assert.equal(await message(bob, "A mistake").locator(".delete").count(), 0, "only authors can take back");
  await message(ada, "A mistake").hover();
  await message(ada, "A mistake").locator(".delete").click();
  await message(bob, "A mistake").waitFor({ state: "detached" });
  await say(ada, "No mistake");
  await message(bob, "No mistake").waitFor();
  await bob.click("#what-happened");
  await bob.locator("#past .said", { hasText: "Ada Lovelace said “No mistake”" }).waitFor();
  assert.equal(await bob.locator("#past li").count(), 2, "what was taken back is told of, and not said again");
  await lastRow(bob, "listEvents").locator(".same").waitFor();
  assert.ok(await bob.locator("#go-on").isHidden(), "there is no further page");
  await bob.click("#past header button");

  await say(ada, "<img src=x onerror=alert(1)> & co");
  assert.equal(await message(bob, "<img src=x onerror=alert(1)> & co").locator(".text").innerText(), "<img src=x onerror=alert(1)> & co");
});

story("several tabs of one person are one member", async (t) => {
  const bob = await person(t, "Bob Looks");
  const ada = await person(t, "Ada Tabs");
  const second = await ada.context().newPage();
  await second.goto(server.url);
  await second.locator("#state[data-state=open]").waitFor();
  await say(ada, "From the first tab");
  await message(second, "From the first tab").waitFor();
  await say(second, "From the second tab");
  await message(ada, "From the second tab").waitFor();
  await bob.locator("#members [data-name='Ada Tabs']").waitFor(); // changes of presence are told at most once a second
  assert.equal(await bob.locator("#members [data-name='Ada Tabs']").count(), 1);
  await second.close();
  await say(ada, "Still here");
  await message(bob, "Still here").waitFor();
  assert.equal(await bob.locator("#members [data-name='Ada Tabs']").count(), 1);
});

story("a restart of the server loses nothing", async (t) => {
  const ada = await person(t, "Ada Restarts");
  const bob = await person(t, "Bob Restarts");
  await say(ada, "Before the restart");
  await message(bob, "Before the restart").waitFor();

  // What is half written stays, and the page never goes blank.
  await ada.fill("#composer input", "Half a sentence");
  await ada.evaluate(() => {
    const messages = document.querySelector("#messages");
    window.fewest = Infinity;
    const count = () => (window.fewest = Math.min(window.fewest, messages.querySelectorAll(".message").length));
    new MutationObserver(count).observe(messages, { childList: true, subtree: true });
  });
  await via(bob, "socket");

  const address = new URL(server.url).host;
  await server.stop();
  await bob.locator("#state:not([data-state=open])").waitFor();
  await say(bob, "During the restart"); // waits for the connection
  server = await startServer(address);

  await ada.locator("#state[data-state=open]").waitFor({ timeout: 60_000 });
  await bob.locator("#state[data-state=open]").waitFor({ timeout: 60_000 });
  await message(ada, "During the restart").waitFor();
  assert.equal(await message(ada, "During the restart").count(), 1);
  assert.equal(await ada.inputValue("#composer input"), "Half a sentence");
  await ada.press("#composer input", "Enter");
  await message(bob, "Half a sentence").waitFor();
  assert.ok((await ada.evaluate(() => window.fewest)) > 0, "the messages were on the page all the time");
  await say(ada, "After the restart");
  await message(bob, "After the restart").waitFor();
  assert.equal(await message(bob, "Before the restart").count(), 1, "the history is still there, once");
  assert.equal(await message(bob, "After the restart").count(), 1);
});

story("behind a proxy that lets no WebSocket through it works by event stream, and goes back to the socket", async (t) => {
  const proxy = await startProxy(server.url);
  t.after(() => proxy.stop());
  const ada = await person(t, "Ada Behind", {}, proxy.url);
  const bob = await person(t, "Bob Before");
  await ada.locator("#state", { hasText: "by event stream" }).waitFor();
  assert.ok(proxy.refused >= 2 && proxy.tunnels === 0, "the socket was tried, twice at least");

  const tab = await ada.context().newPage();
  await tab.goto(proxy.url);
  await tab.locator("#state[data-state=open]").waitFor();
  await tab.locator("#messages .note, #messages .message").first().waitFor();

  // The page shows a message once however often it comes, so a second client of the page writes down what comes.
  await ada.evaluate(async () => {
    const { createClient } = await import("/client.js");
    window.heard = [];
    window.listener = createClient({ url: location.origin });
    const path = { roomId: decodeURIComponent(location.hash.slice(1)) };
    const { channels: { room } } = await window.listener.listMessages({ path });
    room.on("message.created", ({ text }) => window.heard.push(text));
    for (const loss of ["$gap", "$reset"]) room.on(loss, () => window.heard.push(loss));
  });
  const said = [];
  const speaks = async (page, text) => {
    said.push(text);
    await say(page, text);
    await message(page, text).waitFor();
  };

  await speaks(tab, "From the tab beside");
  await speaks(bob, "From the other side");
  await speaks(ada, "From behind the proxy");
  for (const page of [ada, tab, bob]) for (const text of said) await message(page, text).waitFor();
  assert.equal(await lastRow(ada, "createMessage").getAttribute("data-via"), "http");

  // The streams are cut, and cannot be opened again until three things have been said.
  proxy.cut();
  for (const n of [1, 2, 3]) await speaks(bob, `Missed ${n}`);
  proxy.mend();
  await message(ada, "Missed 3").waitFor();
  await message(tab, "Missed 3").waitFor();

  // Upgrades work again. The client would try within half a minute; that the network is back makes it try now.
  proxy.upgrades = true;
  for (const page of [ada, tab]) await page.evaluate(() => dispatchEvent(new Event("online")));
  let n = 0;
  while (proxy.streams || proxy.tunnels < 3) await speaks(bob, `While it changes ${++n}`);
  await speaks(bob, "At last");
  await speaks(ada, "By socket again");
  await message(ada, "At last").waitFor();
  assert.equal(await lastRow(ada, "createMessage").getAttribute("data-via"), "socket");
  assert.equal(await ada.locator("#state").innerText(), "live");
  await ada.waitForFunction((last) => window.heard.includes(last), said.at(-1));
  assert.deepEqual(await ada.evaluate(() => [window.heard, window.listener.transport]), [said, "socket"], "each once and in order");
});

story("signing out ends the session on both transports", async (t) => {
  const ada = await person(t, "Ada Leaves");
  const tab = await ada.context().newPage();
  await tab.goto(server.url);
  await tab.locator("#state[data-state=open]").waitFor();
  await ada.fill("#composer input", "Half a sentence");
  await ada.click("#sign-out");
  await ada.locator("#sign-in").waitFor();
  assert.equal(await ada.inputValue("#composer input"), "", "nothing is left to whoever comes next");
  await tab.locator("#sign-in").waitFor();
  await ada.reload();
  await ada.locator("#sign-in").waitFor();
});

story("it fits a phone", async (t) => {
  const ada = await person(t, "Ada Mobile", { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true });
  await say(ada, "From my phone");
  await message(ada, "From my phone").waitFor();
  const overflow = await ada.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `nothing sticks out sideways (${overflow}px)`);
  await ada.click("[data-open=rooms]");
  await ada.locator("#rooms.open").waitFor();
  await ada.locator("#rooms [data-close]").click();
  await ada.click("[data-open=requests]");
  await ada.locator("#requests.open").waitFor();
});
