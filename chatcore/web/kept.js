/**
 * What a browser keeps of a visit for the next page in the same tab: after a reload, in a tab that was closed and opened
 * again, or in one that a phone had discarded. It is in sessionStorage, and never includes a password.
 *
 * It is written throughout the visit, since nobody tells a page that it will be discarded. A duplicated tab has a copy of
 * it, which tab.js detects. The invitation that the person came with, or the link of a person who is not in yet, is
 * included only between two pages, once the first is going away (`isLeft`).
 *
 * A person who wants to be remembered on this device is in localStorage too, for pages in other tabs.
 *
 * @import { Known } from "./connection/route.js"
 * @import { KeptChat } from "./session/keeping.js"
 */

/**
 * What is kept for the tracker at `url`: the tab's name, the token that resumes the visit (docs/resume.md; '' for none),
 * the nick and the login name; the chat as the person saw it; and what is not followed yet of the link that led here, ''
 * for nothing. `trackers` is where else the chat can be reached; older pages have not kept it.
 * @typedef {{url: string, tab: string, isLeft: boolean, token: string, nick: string, loginName: string, chat: KeptChat,
 *   trackers?: Known, room: string, invitation: string, key: string}} Kept
 */

const KEY = "chat-visit";
const REMEMBERED = "chat-remembered";
const FIELDS = ["tab", "token", "nick", "loginName", "room", "invitation", "key"];

/**
 * Keep this instead of what was kept before.
 * @param {Kept} kept
 */
export function keep(kept) {
  write("sessionStorage", KEY, kept);
}

/** Forget what was kept. */
export function forget() {
  write("sessionStorage", KEY, null);
}

/**
 * Return what was kept for this tracker, null if nothing was.
 * @param {string} url
 */
export function readKept(url) {
  return read("sessionStorage", KEY, url);
}

/**
 * Remember a person on this device, who has chosen that: who they are, and the names of their rooms.
 * @param {Kept} kept
 */
export function remember(kept) {
  const rooms = kept.chat.rooms.map((room) => ({ ...room, draft: "", pending: [] }));
  const all = { ...kept, room: "", invitation: "", key: "", chat: { ...kept.chat, rooms } };
  write("localStorage", REMEMBERED, all);
}

/** Forget who is remembered. */
export function forgetMe() {
  write("localStorage", REMEMBERED, null);
}

/**
 * Return who is remembered for this tracker, null for nobody.
 * @param {string} url
 */
export function readRemembered(url) {
  return read("localStorage", REMEMBERED, url);
}

/**
 * @param {"sessionStorage" | "localStorage"} storage
 * @param {string} key
 * @param {Kept | null} kept null for nothing
 */
function write(storage, key, kept) {
  try {
    globalThis[storage].removeItem(key); // if the new one does not fit, the old one would be wrong
    if (kept) globalThis[storage].setItem(key, JSON.stringify(kept));
  } catch {
    // the browser keeps nothing: a reload leads to the login form
  }
}

/**
 * @param {"sessionStorage" | "localStorage"} storage
 * @param {string} key
 * @param {string} url
 * @returns {Kept | null}
 */
function read(storage, key, url) {
  try {
    const kept = JSON.parse(globalThis[storage].getItem(key) ?? "null");
    const isWhole = kept?.url === url && FIELDS.every((name) => isWord(kept[name]));
    return isWhole ? kept : null;
  } catch {
    return null;
  }
}

/**
 * Return whether a value is text that fits into one line.
 * @param {unknown} value
 */
function isWord(value) {
  return typeof value === "string" && !/[\r\n\0]/.test(value);
}
