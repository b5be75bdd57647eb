/**
 * What a person wants of the tracker as an operator, until it is answered. Pure.
 *
 * @import { Room } from "./room.js"
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
  asked = ""; // which list of the room, or whether it is slow: the name of the command
  /** @type {string[]} */
  listed = []; // what of that has come
  /** @type {string[]} */
  keptOut = []; // of the chat, as far as the tracker has said so
  /** @type {{label: string, room: Room, nothing: string, then: () => void} | null} */
  change = null; // that was wanted last, what to say if it changes nothing, and what follows it
}
