/**
 * What a person wants of the tracker as an operator, until it is answered. Pure.
 *
 * @import { Share } from "./sharing.js"
 */

/** What was asked of the tracker, and has no answer yet. */
export class Orders {
  operator = ""; // as whom a password is asked for
  isRegistering = false; // a password for an account is asked for
  isOperator = false; // an IRC operator, since the login
  mayNotInvite = false; // as the tracker has said
  /** @type {Share | null} */
  share = null; // the link that is offered
  isLeaving = false; // the chat, as was typed
}
