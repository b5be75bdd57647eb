/**
 * `/invite-link` and `/register`: letting others in, and creating an account. Handlers of the table in `table.js`. Pure.
 *
 * @import { Run } from "./ordering.js"
 */

import { REGISTRATION } from "../protocol/capabilities.js";
import { asRoom } from "../protocol/names.js";
import { askToInvite, share } from "../session/sharing.js";
import { words } from "../words.js";
import { order } from "./ordering.js";

/** @type {Run} */
export function inviteLink(session, text) {
  if (!session.isOnline) return words.common.notConnected;
  const [word = "", id = "", more] = text.split(/\s+/);
  if (word.toLowerCase() === "revoke")
    return !id || more ? words.commands.whichInvitation : order(session, "INVITELINK", ["REVOKE", id]);
  const room = word ? session.find(asRoom(word)) : session.current;
  if (!room && word) return words.commands.notInRoom;
  share(session, room ?? null);
  askToInvite(session);
}

/** @type {Run} */
export function register(session, text) {
  if (!session.tracker.can(REGISTRATION)) return words.commands.noAccounts;
  if (text) return words.commands.passwordIsAskedFor;
  if (!session.isOnline) return words.common.notConnected;
  session.orders.isRegistering = true;
}
