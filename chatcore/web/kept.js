/**
 * What a reload of the page takes along: the token that brings one back (docs/resume.md), as whom, logged in to which
 * account, and to which room; the invitation by which one came; for those who are yet to come in ('' as token) also the
 * key of that room. '' is none.
 *
 * It is in sessionStorage only while no page is there: it is put there when the page is left, and taken out by the next.
 * So a copy of the tab has none, and of two that have the same only one comes back.
 *
 * @typedef {{token: string, nick: string, loginName: string, account: string, room: string, invitation: string,
 *   key: string}} Kept
 */

const KEY = "chat-resume";
const FIELDS = ["token", "nick", "loginName", "account", "room", "invitation", "key"];

/**
 * Leave this for the next page in this tab.
 * @param {string} url of the tracker
 * @param {Kept} kept
 */
export function keep(url, kept) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, url }));
  } catch {
    // a browser that keeps nothing: a reload leads to the form
  }
}

/**
 * Take what the last page in this tab has left for this tracker; null if there is nothing.
 * @param {string} url
 * @returns {Kept | null}
 */
export function takeKept(url) {
  try {
    const text = sessionStorage.getItem(KEY) ?? "null";
    sessionStorage.removeItem(KEY);
    const kept = JSON.parse(text);
    const isWhole = FIELDS.every((name) => typeof kept[name] === "string");
    return kept.url === url && isWhole ? kept : null;
  } catch {
    return null;
  }
}
