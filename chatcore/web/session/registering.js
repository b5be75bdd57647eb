/**
 * Registering an account for our own nick (https://ircv3.net/specs/extensions/account-registration). Pure.
 *
 * @import { Handler } from "./received.js"
 * @import { Session } from "./session.js"
 */

import { words } from "../words.js";

/**
 * Take the password that the user was asked for; '' if they gave none. Returns whether registration was requested.
 * @param {Session} session
 * @param {string} password
 */
export function makeAccount(session, password) {
  session.orders.isRegistering = false;
  if (password && session.isOnline) session.order({ command: "REGISTER", params: ["*", "*", password] });
  else if (password) session.tell(words.common.notConnected, "error");
  return password !== "" && session.isOnline;
}

/** @type {Handler} */
export function registered(session, { params }) {
  const [kind = "", account = ""] = params;
  if (kind.toUpperCase() === "SUCCESS") session.account = account;
  session.tell(params.at(-1) ?? "");
}
