/**
 * The operator commands that the user has sent, until they are answered. Pure.
 *
 * @import { Share } from "./sharing.js"
 */

/** What was asked of the tracker and is not yet answered. */
export class Orders {
  operator = ""; // the operator's name for which a password is being asked
  isRegistering = false; // the user is being asked for the password of a new account
  isOperator = false; // an IRC operator, since the login
  mayNotInvite = false; // as the tracker has said
  /** @type {Share | null} */
  share = null; // the link on offer
  isLeaving = false; // a typed command asked to leave the chat
}
