/**
 * The way in: what the link says that led here, until somebody is in, and what a reload takes along of that.
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
 * @param {string} url of the tracker
 * @param {Connection} connection
 * @param {Session} session
 * @param {Link} link that has not been followed; an invitation is kept only while no page has it
 * @param {boolean} isLeaving this page goes
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
 * Return a link with what was kept of the one that led here before: the address itself has no secrets.
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
 * Return the link of somebody who was still at the form when the page was left; NO_LINK for others.
 * @param {Kept | null} kept
 * @returns {Link}
 */
function keptLink(kept) {
  if (!kept || kept.token) return NO_LINK;
  const { room, invitation, key } = kept;
  return { ...NO_LINK, room, invitation, key };
}

/**
 * Go where a link leads if one has that again already; return what of the link is yet to be followed.
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
 * Be in a new session where one was, as far as that was kept whole.
 * @param {Session} session
 * @param {Kept} kept
 */
export function goBack(session, { nick, chat }) {
  try {
    if (nick) restore(session, nick, chat);
  } catch {
    session.rooms.clear(); // by another version of this page: what can be fetched is fetched
    session.current = null;
  }
}

/**
 * Let people in by the form, and remember them if they want that.
 * @param {Keeper} keeper
 * @param {(username: string, password: string, isOffered: boolean) => void} enter is also told whether this is the name
 *   that was offered instead of another
 * @param {() => void} forget is called by who is to be remembered no longer
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
