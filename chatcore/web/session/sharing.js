/**
 * Sharing a link to a room, with an invitation if the user may make one: INVITELINK (docs/irc-reference.md). Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Answer } from "./questions.js"
 * @import { Handler } from "./received.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { PASSWORD } from "../protocol/capabilities.js";
import { invitationIn } from "../protocol/link.js";
import { momentOf } from "../protocol/moments.js";
import { words } from "../words.js";

/**
 * What is shared: a link to a room ('' for the chat), with an invitation if there is one, and then with the room's key
 * if we are its operator. `state` says how far the invitation has come, `problem` why there is none. `until` is when
 * the invitation ends (Unix, ms), `uses` how many people it admits.
 * @typedef {{room: string, key: string, invitation: string, uses: number, until: number, problem: string,
 *   state: "offered" | "asked" | "made" | "refused" | "needless"}} Share
 */

/**
 * Return whether the user may be able to make invitations: as an IRC operator or with an account, until the tracker
 * says no. A tracker without a password has none.
 * @param {Session} session
 */
export function mayInvite({ account, orders, tracker }) {
  return tracker.can(PASSWORD) && (orders.isOperator || (account !== "" && !orders.mayNotInvite));
}

/**
 * Offer a link to a room.
 * @param {Session} session
 * @param {Room | null} room
 */
export function share(session, room) {
  const name = room && !room.isPrivate ? room.name : "";
  const isOffered = mayInvite(session) && session.isOnline;
  const state = isOffered ? "offered" : session.tracker.can(PASSWORD) ? "refused" : "needless";
  session.orders.share = { room: name, key: "", invitation: "", uses: 0, until: 0, problem: "", state };
}

/**
 * Ask for an invitation to add to the link.
 * @param {Session} session
 */
export function askToInvite(session) {
  const { share: offer } = session.orders;
  if (!offer) return;
  offer.state = "asked";
  /** @type {NonNullable<Answer["fail"]>} */
  const fail = (problem, message) => {
    // Do not ask the tracker again at every link.
    if (message?.params[1] === "NO_PRIVILEGES") session.orders.mayNotInvite = true;
    Object.assign(offer, { problem, state: "refused" });
  };
  session.order(
    { command: "INVITELINK", params: offer.room ? [offer.room] : [] },
    { take: ([message]) => take(offer, message) || fail(words.share.noneSent), fail },
  );
}

/**
 * Take an invitation; return whether there was one.
 * @param {Share} offer
 * @param {Message | undefined} message
 */
function take(offer, message) {
  const [command, code, invitation = "", , uses = "", until = "", ...rest] = message?.params ?? [];
  if (command !== "INVITELINK" || code !== "INVITATION") return false;
  const made = { invitation: invitationIn(invitation), key: rest.length > 1 ? (rest[0] ?? "") : "" };
  const state = made.invitation ? "made" : "needless";
  Object.assign(offer, { ...made, state, uses: Number(uses) || 0, until: momentOf(Date.parse(until)) });
  return true;
}

/**
 * Show a NOTE about an invitation, or one that belongs to no command.
 * @type {Handler}
 */
export function noted(session, { params: [command, code, ...rest] }) {
  if (command === "*" || (command === "INVITELINK" && code === "REVOKED")) session.tell(rest.at(-1) ?? "");
}
