// The page of the chat. It knows operations, channels and events from the
// generated client; whether a request travels over HTTP or the socket is one
// option of a call, set by the switch on the right.
import { createClient } from "./client.js";

const client = createClient({ url: location.origin, autoConnect: false });

const $ = (selector) => document.querySelector(selector);
const ui = {
  welcome: $("#welcome"), signIn: $("#sign-in"), app: $("#app"), me: $("#me"), state: $("#state"),
  rooms: $("#room-list"), newRoom: $("#new-room"), roomName: $("#room-name"), members: $("#members"),
  messages: $("#messages"), typing: $("#typing"), composer: $("#composer"),
  past: $("#past"), goOn: $("#go-on"), compare: $("#compare"), log: $("#log"), toast: $("#toast"),
};

/** What the page shows. */
const view = { user: undefined, room: undefined, channel: undefined, rooms: new Map(), typing: new Map() };

// ---- Requests: one function makes them all, so that the log shows them all ----

const transport = () => $("#transport input:checked").value;

/** Operations that may be asked twice because they change nothing. */
const repeatable = new Set(["whoAmI", "listRooms", "listMessages", "listMembers", "listEvents"]);

/**
 * Makes a request, shows it in the log, and compares both transports where that is safe. "socket" is what the client does
 * when it is left alone: behind a proxy that lets no WebSocket through, calls take HTTP and channels an event stream.
 * Only while the connection is away it would take HTTP as well, from a server that is as likely to be away: such a
 * request waits for the connection.
 */
async function request(operation, input = {}, via = transport()) {
  const row = logRow(operation, via);
  try {
    if (via === "socket" && client.state === "reconnecting") await client.connect();
    const started = performance.now();
    const result = await client[operation](input, { transport: via === "http" ? "http" : "auto" });
    row.answered(result, performance.now() - started);
    showState();
    if (ui.compare.checked && repeatable.has(operation) && client.transport === "socket") {
      const other = via === "http" ? "socket" : "http";
      client[operation](input, { transport: other }).then(
        (twin) => row.compared(other, twin.status === result.status && JSON.stringify(twin.body) === JSON.stringify(result.body)),
        () => {}, // the connection went away between the two
      );
    }
    return result;
  } catch (error) {
    row.failed(error);
    throw error;
  }
}

function logRow(operation, via) {
  const summary = el("summary", {}, [
    el("span", {}),
    el("span", { class: "status" }, ["…"]),
    el("span", { class: "name" }, [operation]),
    el("span", { class: "took" }),
  ]);
  const body = el("pre");
  const row = el("li", { "data-operation": operation }, [el("details", {}, [summary, body])]);
  ui.log.prepend(row);
  while (ui.log.children.length > 100) ui.log.lastChild.remove();
  const [way, status, name, took] = summary.children;
  const went = (by) => {
    row.dataset.via = by;
    way.className = `via ${by}`;
    way.textContent = by === "http" ? "HTTP" : "socket";
  };
  went(via);
  return {
    answered(result, ms) {
      went(result.transport);
      status.textContent = result.status;
      status.classList.toggle("bad", !result.ok);
      took.textContent = `${ms.toFixed(1)} ms`;
      body.textContent = result.body === undefined ? "(no body)" : JSON.stringify(result.body, null, 2);
    },
    compared(other, same) {
      name.append(" ", el("span", {
        class: same ? "same" : "differs",
        title: same ? `The same answer over ${other}` : `Another answer over ${other}`,
      }, [same ? "=" : "≠"]));
    },
    failed(error) {
      status.textContent = "✕";
      status.classList.add("bad");
      body.textContent = String(error?.message ?? error);
    },
  };
}

/** The body of a good answer; a toast and undefined for any other. */
async function ask(operation, input, via) {
  try {
    const result = await request(operation, input, via);
    if (result.ok) return result;
    if (result.status === 401) showWelcome();
    else toast(result.body?.detail ?? result.body?.title ?? `Answer ${result.status}`);
  } catch (error) {
    toast(error?.message ?? String(error));
  }
  return undefined;
}

// ---- Session ----

ui.signIn.addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = ui.signIn.querySelector(".error");
  error.textContent = "";
  const result = await request("signIn", { body: { name: ui.signIn.elements.name.value } }, "http").catch((e) => ({ body: { detail: e.message } }));
  if (result.ok) start(result.body);
  else error.textContent = result.body?.errors?.[0]?.detail ?? result.body?.detail ?? "That did not work.";
});

$("#sign-out").addEventListener("click", async () => {
  await ask("signOut", {}, "http");
  showWelcome();
});

function showWelcome() {
  client.disconnect();
  view.user = view.room = view.channel = undefined;
  // Whoever signs in next finds nothing half written.
  for (const form of [ui.newRoom, ui.composer]) form.reset();
  ui.past.close();
  ui.toast.hidden = true;
  ui.app.hidden = true;
  ui.welcome.hidden = false;
  ui.signIn.elements.name.focus();
}

async function start(user) {
  view.user = user;
  ui.welcome.hidden = true;
  ui.app.hidden = false;
  ui.me.replaceChildren(face(user), el("span", {}, [user.name]));
  client.connect();

  // The list comes over the socket, because that also subscribes to the lobby.
  const listed = await ask("listRooms", {}, "socket");
  if (!listed) return;
  showRooms(listed.body);
  const asked = decodeURIComponent(location.hash.slice(1));
  await enter(view.rooms.has(asked) ? asked : listed.body[0].id);
}

function showState() {
  const { state } = client;
  ui.state.dataset.state = state;
  ui.state.textContent = {
    idle: "not connected", connecting: "connecting…", open: client.transport === "stream" ? "live, by event stream" : "live",
    reconnecting: "reconnecting…", draining: "moving to another server…", closed: "not connected", failed: "connection refused",
  }[state] ?? state;
}

client.on("state", (state) => {
  showState();
  // The server has ended the connection for good: most likely somebody signed out in another tab.
  if (state === "failed") ask("whoAmI", {}, "http");
});

// ---- Rooms ----

const lobby = client.channel("lobby", {});
lobby.on("room.created", (room) => showRooms([room]));
// Rooms that were opened while the history could not be continued are in the list, which was asked for again.
lobby.on("$reset", ({ result }) => {
  if (result?.ok) showRooms(result.body);
});

function showRooms(rooms) {
  for (const room of rooms) view.rooms.set(room.id, room);
  renderRooms();
}

ui.newRoom.addEventListener("submit", async (event) => {
  event.preventDefault();
  const created = await ask("createRoom", { body: { name: ui.newRoom.elements.name.value } });
  if (!created) return;
  ui.newRoom.reset();
  view.rooms.set(created.body.id, created.body);
  await enter(created.body.id);
});

function renderRooms() {
  const rooms = [...view.rooms.values()].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  ui.rooms.replaceChildren(...rooms.map((room) => {
    const button = el("button", { "aria-current": String(room.id === view.room) }, [room.name]);
    button.addEventListener("click", () => enter(room.id));
    return el("li", {}, [button]);
  }));
}

/** Opens a room: one call returns the messages and joins the channel. */
async function enter(roomId) {
  closeDrawers();
  if (view.room === roomId) return;
  const left = view.room;
  view.room = roomId;
  view.typing.clear();
  location.replace(`#${encodeURIComponent(roomId)}`);
  ui.roomName.textContent = view.rooms.get(roomId)?.name ?? roomId;
  ui.messages.replaceChildren();
  ui.members.replaceChildren();
  renderTyping();
  renderRooms();
  stopListening();
  if (left) ask("leaveRoom", { path: { roomId: left } }, "socket");

  listen(roomId);
  const listed = await ask("listMessages", { path: { roomId } }, "socket");
  if (!listed || view.room !== roomId) return;
  renderMessages(listed.body);
  renderMembers();
  ui.composer.elements.text.focus({ preventScroll: true });
}

let stops = [];

function stopListening() {
  for (const stop of stops) stop();
  stops = [];
}

function listen(roomId) {
  const channel = (view.channel = client.channel("room", { roomId }));
  stops = [
    channel.on("message.created", (message) => {
      view.typing.delete(message.author.id);
      renderTyping();
      showMessage(message);
    }),
    channel.on("message.deleted", ({ id }) => ui.messages.querySelector(`[data-id="${id}"]`)?.remove()),
    channel.on("typing", ({ user, name }) => {
      if (user === view.user?.id) return;
      view.typing.set(user, { name, until: Date.now() + 4000 });
      renderTyping();
    }),
    channel.on("$presence", renderMembers),
    // The history could not be continued, as after a restart: the list was asked for again.
    channel.on("$reset", ({ result }) => {
      if (result?.ok) renderMessages(result.body);
    }),
  ];
}

// ---- Messages ----

let told = 0; // when the others were last told that something is being written

ui.composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = ui.composer.elements.text;
  const text = field.value;
  if (!text.trim() || !view.room) return;
  field.value = "";
  told = 0; // the message has ended what was told of it
  const said = await ask("createMessage", { path: { roomId: view.room }, body: { text } });
  if (said) showMessage(said.body);
  else field.value = [text, field.value].filter(Boolean).join(" "); // behind it, what was typed meanwhile
});

ui.composer.addEventListener("input", () => {
  if (Date.now() - told < 2000 || !view.room || !client.transport) return;
  told = Date.now();
  ask("typing", { path: { roomId: view.room } });
});

function renderMessages(messages) {
  ui.messages.replaceChildren(el("li", { class: "note" }, [messages.length < 50 ? "This is where the conversation begins." : "Older messages are not shown."]));
  messages.forEach(showMessage);
}

/** Shows a message once, however often it arrives: as an answer and as an event. */
function showMessage(message) {
  if (ui.messages.querySelector(`[data-id="${message.id}"]`)) return;
  const atEnd = ui.messages.scrollHeight - ui.messages.scrollTop - ui.messages.clientHeight < 80;
  const mine = message.author.id === view.user?.id;
  const at = new Date(message.at);
  const before = [...ui.messages.children].findLast((li) => Number(li.dataset.id ?? 0) < message.id);
  const item = el("li", { class: `message${mine ? " mine" : ""}`, "data-id": message.id, "data-author": message.author.id }, [
    face(message.author),
    el("div", { class: "head" }, [
      el("b", {}, [message.author.name]),
      el("time", { datetime: message.at }, [at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })]),
    ]),
    el("div", { class: "text" }, [message.text]),
  ]);
  if (mine) {
    const button = el("button", { class: "delete", "aria-label": "Take this message back", title: "Take back" }, ["✕"]);
    button.addEventListener("click", async () => {
      if (await ask("deleteMessage", { path: { roomId: view.room, messageId: message.id } })) item.remove();
    });
    item.append(button);
  }
  item.classList.toggle("follows", before?.dataset.author === message.author.id);
  if (before) before.after(item);
  else ui.messages.prepend(item);
  if (atEnd || mine) ui.messages.scrollTop = ui.messages.scrollHeight;
}

// ---- People ----

function renderMembers() {
  const names = [...new Set([...(view.channel?.members?.values() ?? [])].map((member) => member?.name ?? "?"))].sort();
  const shown = names.length > 5 ? names.slice(0, 4) : names;
  ui.members.replaceChildren(...shown.map((name) => el("li", { title: name, "data-name": name }, [face({ name })])));
  ui.members.title = "Ask who is here";
  if (names.length > shown.length) {
    const rest = names.slice(shown.length);
    ui.members.append(el("li", { title: rest.join(", ") }, [el("i", { class: "face more" }, [`+${rest.length}`])]));
  }
}

ui.members.addEventListener("click", async () => {
  const listed = view.room && (await ask("listMembers", { path: { roomId: view.room } }));
  if (listed) toast(`Here: ${listed.body.map((member) => member.name).join(", ")}`);
});

function renderTyping() {
  const names = [...view.typing.values()].filter((t) => t.until > Date.now()).map((t) => t.name);
  ui.typing.textContent = names.length === 0 ? "" : `${names.join(", ")} ${names.length === 1 ? "is" : "are"} writing…`;
}
setInterval(renderTyping, 1000);

function face({ name }) {
  let hue = 0;
  for (const c of name) hue = (hue * 31 + c.codePointAt(0)) % 360;
  const initials = name.trim().split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  return el("i", { class: "face", style: `--hue:${hue}`, "aria-hidden": "true" }, [initials]);
}

// ---- What happened: the events that the room keeps, page by page, for whoever asks ----

$("#what-happened").addEventListener("click", () => {
  ui.past.querySelector("ol").replaceChildren();
  ui.goOn.hidden = true;
  ui.past.showModal();
  showPast();
});
ui.goOn.addEventListener("click", () => showPast(ui.goOn.dataset.after));

/** Shows a page; what the room does not keep any more is answered 410, and a toast. */
async function showPast(after) {
  const page = await ask("listEvents", { path: { roomId: view.room }, query: { after } });
  if (!page) return ui.past.close();
  const list = ui.past.querySelector("ol");
  list.append(...page.body.events.map(pastEvent));
  ui.goOn.dataset.after = page.body.next;
  ui.goOn.hidden = !page.body.more;
  if (!page.body.more && !list.children.length) list.append(el("li", { class: "nothing" }, ["Nothing has happened here lately."]));
}

function pastEvent(event) {
  switch (event.type) {
    case "message.created":
      return el("li", { class: "said" }, [el("b", {}, [event.data.author.name]), ` said “${event.data.text}”`]);
    case "message.deleted":
      return el("li", { class: "taken-back" }, ["A message was taken back"]);
  }
}

// ---- Small things ----

/** Makes an element; text goes in as text, never as markup. */
function el(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

let toastTimer;
function toast(text) {
  ui.toast.textContent = text;
  ui.toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (ui.toast.hidden = true), 4000);
}

function closeDrawers() {
  for (const open of document.querySelectorAll(".open")) open.classList.remove("open");
}
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) $(`#${opener.dataset.open}`).classList.add("open");
  else if (event.target.closest("[data-close]")) closeDrawers();
});

// ---- Begin: a browser that has a session is let in ----

const known = await request("whoAmI", {}, "http").catch(() => undefined);
if (known?.ok) start(known.body);
else showWelcome();
