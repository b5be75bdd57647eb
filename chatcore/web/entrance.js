/**
 * The way in: the link that led here, until the person is in, and what a reload keeps of it.
 *
 * @import { Connection } from "./connection/connection.js"
 * @import { Keeper } from "./keeper.js"
 * @import { Kept } from "./kept.js"
 * @import { Link } from "./protocol/link.js"
 * @import { Session } from "./session/session.js"
 */

import { casefold } from "./protocol/irc.js";
import { NO_LINK, parseFragment } from "./protocol/link.js";
import { toKeep as chatToKeep, restore } from "./session/keeping.js";
import { setBusy, wantsToBeRemembered, wireLogin } from "./view/login.js";

/**
 * Return the link that led here, and remove it from the address and from where address.js has put it.
 */
export function takeLink() {
  const left = /** @type {{brought?: string}} */ (globalThis);
  const fragment = left.brought ?? location.hash;
  delete left.brought;
  if (location.hash) {
    location.replace("#"); // as in address.js
    history.replaceState(null, "", location.pathname + location.search);
  }
  return parseFragment(fragment);
}

/**
 * Return whether a link has anything in it.
 * @param {Link} link
 */
export function saysAnything(link) {
  return Object.values(link).some((part) => part);
}

/**
 * Return what the next page in this tab needs to know, null if nothing.
 * @param {string} url of the tracker
 * @param {Connection} connection
 * @param {Session} session
 * @param {Link} link the part that is not followed yet; it is kept, like the invitation, only if `isLeaving`
 * @param {boolean} isLeaving whether this page is going away
 */
export function toKeep(url, { kept, loginName, invitation, route }, session, link, isLeaving) {
  const invited = { ...link, invitation: link.invitation || invitation };
  const { room, key, invitation: given } = isLeaving ? invited : NO_LINK;
  const { nick } = session;
  if (!nick && !room && !given && !key) return null;
  const chat = chatToKeep(session);
  const trackers = route.known;
  return { url, token: kept?.token ?? "", nick, loginName, chat, trackers, room, invitation: given, key };
}

/**
 * Return a link completed with what was kept of the one before: the address itself has no secrets.
 * @param {Link} link
 * @param {Kept | null} kept
 * @returns {Link}
 */
export function withKept(link, kept) {
  const before = keptLink(kept);
  if (!saysAnything(link)) return before;
  const isSame = casefold(link.room) === casefold(before.room);
  return { ...link, invitation: link.invitation || before.invitation, key: link.key || (isSame ? before.key : "") };
}

/**
 * Return the kept link of a person who was still at the login form; NO_LINK for others.
 * @param {Kept | null} kept
 * @returns {Link}
 */
function keptLink(kept) {
  if (!kept || kept.token) return NO_LINK;
  const { room, invitation, key } = kept;
  return { ...NO_LINK, room, invitation, key };
}

/**
 * Open the link's room or conversation if the session already has it; return the rest of the link.
 * @param {Session} session
 * @param {Link} link
 * @returns {Link}
 */
export function followKnown(session, link) {
  const known = link.message ? undefined : session.find(link.room || link.person);
  if (!known) return link;
  session.open(known);
  return { ...link, room: "", person: "" };
}

/**
 * Restore in a new session what was kept of a visit, unless it is damaged.
 * @param {Session} session
 * @param {Kept} kept
 */
export function goBack(session, { nick, chat }) {
  try {
    if (nick) restore(session, nick, chat);
  } catch {
    session.rooms.clear(); // kept by another version of this page: whatever can be is fetched again
    session.current = null;
  }
}

/**
 * Connect the login form: people enter by it, and are remembered if they want that.
 * @param {Keeper} keeper
 * @param {(username: string, password: string, isOffered: boolean) => void} enter `isOffered`: the name was offered in
 *   place of one that is taken
 * @param {() => void} forget called when a person no longer wants to be remembered
 */
export function wireEntrance(keeper, enter, forget) {
  wireLogin(
    (username, password, isOffered) => {
      setBusy(true);
      keeper.setRemembering(wantsToBeRemembered());
      enter(username, password, isOffered);
    },
    () => {
      forget();
      keeper.setRemembering(false);
      keeper.note();
    },
  );
}
