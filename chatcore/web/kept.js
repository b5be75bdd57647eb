/**
 * What a browser keeps of a visit, for the next page in the same tab: a reload, a tab that was closed and opened again,
 * one that a phone had thrown away. In sessionStorage, and never a password.
 *
 * It is written as one goes along, since nobody tells a page that it will be thrown away. A tab that is duplicated has a
 * copy of it: tab.js tells such a copy. The invitation by which one came, and the link of those who are yet to come in,
 * are in it only between two pages, when the first has said that it goes (`isLeft`).
 *
 * Who wants to be remembered on this device is in localStorage too, for pages in other tabs.
 *
 * @import { Known } from "./connection/route.js"
 * @import { KeptChat } from "./session/keeping.js"
 */

/**
 * What is kept: for the tracker at `url`, by the tab of this name, the token that brings one back (docs/resume.md; '' for
 * none) to a visit as `nick`, who logs in as `loginName`; the chat as they saw it; and of the link that led here what was
 * not followed yet, '' for nothing. `trackers` is where else the chat can be reached; older pages have not kept it.
 * @typedef {{url: string, tab: string, isLeft: boolean, token: string, nick: string, loginName: string, chat: KeptChat,
 *   trackers?: Known, room: string, invitation: string, key: string}} Kept
 */

const KEY = "chat-visit";
const REMEMBERED = "chat-remembered";
const FIELDS = ["tab", "token", "nick", "loginName", "room", "invitation", "key"];

/**
 * Keep this, in the place of what was kept before.
 * @param {Kept} kept
 */
export function keep(kept) {
  write("sessionStorage", KEY, kept);
}

/** Keep nothing. */
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
 * Remember somebody on this device, as they have chosen: who they are, and the names of their rooms.
 * @param {Kept} kept
 */
export function remember(kept) {
  const rooms = kept.chat.rooms.map((room) => ({ ...room, draft: "", pending: [] }));
  const all = { ...kept, room: "", invitation: "", key: "", chat: { ...kept.chat, rooms } };
  write("localStorage", REMEMBERED, all);
}

/** Remember nobody. */
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
    globalThis[storage].removeItem(key); // if there is no room for it, what is old would be wrong
    if (kept) globalThis[storage].setItem(key, JSON.stringify(kept));
  } catch {
    // a browser that keeps nothing: a reload leads to the form
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
 * Return whether something can be said in a line.
 * @param {unknown} value
 */
function isWord(value) {
  return typeof value === "string" && !/[\r\n\0]/.test(value);
}
