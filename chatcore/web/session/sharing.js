/**
 * Giving others a link to a room, with an invitation if one may make them: INVITELINK (docs/irc-reference.md). Pure.
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
 * What is offered: a link to a room ('' for the chat), with an invitation if there is one, and then with the room's key if
 * we are its operator. Until there is, `state` says whether one could be asked for or has been, or in `problem` why there is none. `until` is when
 * the invitation ends (Unix, ms), `uses` how many it lets in.
 * @typedef {{room: string, key: string, invitation: string, uses: number, until: number, problem: string,
 *   state: "offered" | "asked" | "made" | "refused" | "needless"}} Share
 */

/**
 * Return whether somebody may be one who makes invitations: an IRC operator, or an account, until the tracker says no.
 * Where there is no password, there are none.
 * @param {Session} session
 */
export function mayInvite({ account, orders, tracker }) {
  return tracker.can(PASSWORD) && (orders.isOperator || (account !== "" && !orders.mayNotInvite));
}

/**
 * Offer the link to a room.
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
 * Ask for an invitation that goes with the link.
 * @param {Session} session
 */
export function askToInvite(session) {
  const { share: offer } = session.orders;
  if (!offer) return;
  offer.state = "asked";
  /** @type {NonNullable<Answer["fail"]>} */
  const fail = (problem, message) => {
    // Whether the tracker would make one later is not to be asked for at each link.
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
 * Tell what the tracker notes of an invitation, and what belongs to no command.
 * @type {Handler}
 */
export function noted(session, { params: [command, code, ...rest] }) {
  if (command === "*" || (command === "INVITELINK" && code === "REVOKED")) session.tell(rest.at(-1) ?? "");
}
