/** The page: a session, the connection that feeds it, and the view that shows it. */

import { Connection } from "./connection.js";
import { casefold } from "./irc.js";
import { asRoom, linkToRoom, roomOfLink } from "./names.js";
import { askToNotify, canAsk, notifyOf } from "./notify.js";
import { noteLost, receive } from "./received.js";
import { Session } from "./session.js";
import { typed } from "./slash.js";
import { View } from "./view.js";
import { hideLogin, setBusy, showInvitation, showLogin, wireLogin } from "./view_login.js";

const PAUSE_MS = 5000;
const url = new URL("irc", location.href); // beside the page, which may be below a path of a proxy's
url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
const now = () => performance.now();
let session = newSession();
let isShowing = false;
let pauseTimer = 0;
let typingTimer = 0;

const connection = new Connection(url.href, { onMessage, onState });
const view = new View({
  open: (room) => change(() => session.open(room), true),
  talk: (nick) => change(() => session.talkTo(nick), true),
  join: (name) => change(() => session.join(asRoom(name)), true),
  leave: () => change(() => session.current && session.leave(session.current), true),
  typed: (text) => change(() => typed(session, text)),
  typing,
  retry: (entry) => change(() => session.retry(session.current, entry)),
  discard: (entry) => change(() => session.discard(session.current, entry)),
  older: (room) => session.requestOlder(room),
  step,
  copyLink,
  notify: askForNotifications,
  quit,
});

wireLogin((username, password) => {
  setBusy(true);
  if (session.nick && casefold(username) !== casefold(session.nick)) session = newSession();
  joinLinked();
  connection.open(username, password);
});
showInvitation(roomOfLink(location.hash));
showLogin();

addEventListener("hashchange", () => {
  if (session.isOnline) change(joinLinked);
  else showInvitation(roomOfLink(location.hash));
});
addEventListener("online", () => connection.wake());
addEventListener("offline", () => connection.wake());
document.addEventListener("visibilitychange", () => {
  session.isVisible = !document.hidden;
  if (!document.hidden) connection.wake();
  change(() => session.markRead());
});

function newSession() {
  const fresh = new Session((message) => connection.send(message), (room, entry) => notifyOf(room, entry, open));
  fresh.isVisible = !document.hidden;
  return fresh;
}

function open(room) {
  change(() => session.open(room), true);
}

/** Do something, and show what has come of it: once for many changes. */
function change(act, isMove = false) {
  act();
  if (isMove) queueMicrotask(() => view.focusText());
  if (isShowing) return;
  isShowing = true;
  queueMicrotask(show);
}

function show() {
  isShowing = false;
  view.show(session);
  const next = session.expireTyping(now());
  clearTimeout(typingTimer);
  if (next < Infinity) typingTimer = setTimeout(() => change(() => session.expireTyping(now())), next - now() + 50);
}

function onMessage(message) {
  change(() => receive(session, message, now()));
}

function onState(state, detail) {
  if (state !== "online" && session.isOnline) change(() => noteLost(session));
  if (state === "online") {
    hideLogin();
    view.banner("");
    view.focusText();
  } else if (state === "refused") {
    showLogin(detail);
  } else if (state === "waiting") {
    const seconds = Math.max(1, Math.round(detail));
    view.banner(`Connection lost. Trying again in ${seconds} s\u2026`, "Try now", () => connection.wake());
  } else if (state === "connecting" && connection.wasOnline) {
    view.banner("Connection lost. Connecting\u2026");
  } else if (state === "closed") {
    view.banner(detail, "Log in again", quit);
  }
}

/** Join the room of the link with which the page was opened. */
function joinLinked() {
  const name = roomOfLink(location.hash);
  if (!name) return;
  session.join(name);
  history.replaceState(null, "", location.pathname);
}

function typing(text) {
  if (!session.current) return;
  session.noteTyping(session.current, text, now());
  clearTimeout(pauseTimer);
  pauseTimer = setTimeout(() => session.noteTypingPaused(now()), PAUSE_MS);
}

function step(direction) {
  const rooms = [...session.rooms.values()].sort((one, other) => one.isPrivate - other.isPrivate);
  const index = rooms.indexOf(session.current) + direction;
  if (rooms.length) open(rooms[(index + rooms.length) % rooms.length]);
}

async function copyLink() {
  const link = linkToRoom(location.origin + location.pathname, session.current.name);
  try {
    await navigator.clipboard.writeText(link);
    view.toast("Link copied. Whoever opens it needs the password, too.");
  } catch {
    view.toast(`Copy this link: ${link}`); // the page may not use the clipboard
  }
}

async function askForNotifications() {
  view.toast(await askToNotify());
  document.getElementById("notify").setAttribute("aria-pressed", String(!canAsk()));
}

function quit() {
  connection.quit();
  session = newSession();
  view.show(session);
  showLogin();
}
