/**
 * What a browser keeps of a visit, for the next page in the same tab: a reload, a tab that was closed and opened again,
 * one that a phone had thrown away. In sessionStorage, and never a password.
 *
 * It is written as one goes along, since nobody tells a page that it will be thrown away. A tab that is duplicated has a
 * copy of it: tab.js tells such a copy. The invitation by which one came, and the link of those who are yet to come in,
 * are in it only between two pages, when the first has said that it goes (`isLeft`).
 *
 * @import { KeptChat } from "./session/keeping.js"
 */

/**
 * What is kept: for the tracker at `url`, by the tab of this name, the token that brings one back (docs/resume.md; '' for
 * none) to a visit as `nick`, who logs in as `loginName`; the chat as they saw it; and of the link that led here what was
 * not followed yet, '' for nothing.
 * @typedef {{url: string, tab: string, isLeft: boolean, token: string, nick: string, loginName: string, chat: KeptChat,
 *   room: string, invitation: string, key: string}} Kept
 */

const KEY = "chat-visit";
const FIELDS = ["tab", "token", "nick", "loginName", "room", "invitation", "key"];

/**
 * Keep this, in the place of what was kept before.
 * @param {Kept} kept
 */
export function keep(kept) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    forget(); // there is no room, or a browser keeps nothing: what is old would be wrong
  }
}

/** Keep nothing. */
export function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // a browser that keeps nothing has nothing
  }
}

/**
 * Return what was kept for this tracker, null if nothing was.
 * @param {string} url
 * @returns {Kept | null}
 */
export function readKept(url) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    const isWhole = kept?.url === url && FIELDS.every((name) => typeof kept[name] === "string");
    return isWhole ? kept : null;
  } catch {
    return null;
  }
}
