/**
 * The way in: what the link says that led here, until somebody is in, and what a reload takes along of that.
 *
 * @import { Connection } from "./connection/connection.js"
 * @import { Kept } from "./kept.js"
 * @import { Link } from "./protocol/link.js"
 * @import { Session } from "./session/session.js"
 */

import { NO_LINK, parseFragment } from "./protocol/link.js";

/**
 * Return what the link that led here says. From now on it stands nowhere else: not in the address, and not where
 * address.js has put it.
 */
export function takeLink() {
  const left = /** @type {{brought?: string}} */ (globalThis);
  const fragment = left.brought ?? location.hash;
  delete left.brought;
  if (location.hash) {
    location.replace("#"); // as address.js does it
    history.replaceState(null, "", location.pathname + location.search);
  }
  return parseFragment(fragment);
}

/**
 * Return whether a link says anything.
 * @param {Link} link
 */
export function saysAnything(link) {
  return Object.values(link).some((part) => part);
}

/**
 * Return what the next page in this tab is to know; null if that is nothing.
 * @param {Connection} connection
 * @param {Session} session
 * @param {Link} link that has not been followed
 * @returns {Kept | null}
 */
export function toKeep({ kept, invitation }, session, link) {
  const { account, current } = session;
  if (kept) return { ...kept, account, room: current?.name ?? "", invitation, key: "" };
  const invited = { ...link, invitation: link.invitation || invitation };
  if (!saysAnything(invited)) return null;
  return {
    token: "",
    nick: "",
    loginName: "",
    account: "",
    room: link.room,
    invitation: invited.invitation,
    key: link.key,
  };
}

/**
 * Return the link of somebody who was still at the form when the page was left; NO_LINK for others.
 * @param {Kept | null} kept
 * @returns {Link}
 */
export function keptLink(kept) {
  if (!kept || kept.token) return NO_LINK;
  const { room, invitation, key } = kept;
  return { ...NO_LINK, room, invitation, key };
}
