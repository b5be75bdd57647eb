/**
 * The page's browser tab: a title with the unread count, and an icon with a dot after a mention.
 *
 * @import { Session } from "../session/session.js"
 */

import { words } from "../words.js";

const WITH_DOT = "icon-mention.svg";
let wasMentioned = false;

/** @param {Session} session */
export function showTab(session) {
  const rooms = [...session.rooms.values()];
  const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
  const name = session.current?.name ?? words.document.title;
  const title = unread ? `(${unread}) ${name}` : name;
  if (document.title !== title) document.title = title;
  const isMentioned = rooms.some((room) => room.isMentioned);
  if (isMentioned !== wasMentioned) showIcon(isMentioned);
  wasMentioned = isMentioned;
}

/**
 * Show or hide the dot on the tab's icon.
 * @param {boolean} hasDot
 */
function showIcon(hasDot) {
  for (const link of /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll("link[rel='icon']"))) {
    link.dataset.plain ??= link.getAttribute("href") ?? "";
    link.setAttribute("href", hasDot ? WITH_DOT : link.dataset.plain);
  }
}
