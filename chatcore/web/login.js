/**
 * Logging in: what each answer of the tracker leads to, until one is in.
 *
 * @import { Connection, Problem } from "./connection.js"
 * @import { Message } from "./irc.js"
 */

import { MAX_WELCOME } from "./bounds.js";
import { SEARCH } from "./search.js";

const WANTED = [
  ...["message-tags", "server-time", "echo-message", "batch", "labeled-response", "draft/chathistory"],
  ...["multi-prefix", "standard-replies", "sasl", "account-tag", SEARCH],
];
const GHOST_TRIES = 15; // a lost connection's username is free again within seconds
const CHUNK = 400;
const WRONG_PASSWORD = "That is not the password.";
const PASSWORD_NEEDED = "This chat has a password: ask whoever invited you.";

/**
 * How far a login has come.
 * @returns {{capabilities: string[], account: string, ghostTries: number, error: string}} `error` is the tracker's last
 *   ERROR, or ''
 */
export function newLogin() {
  return { capabilities: [], account: "", ghostTries: 0, error: "" };
}

/**
 * @typedef {{
 *   password: () => string, refuse: (field: Problem["field"], text: string) => void, come: (message: Message) => void,
 *   retryNick: () => void,
 * }} Steps
 */

/**
 * Registration, step by step: what each answer leads to.
 * @type {Object<string, (connection: Connection, message: Message, steps: Steps) => void>}
 */
export const LOGIN = {
  CAP(connection, message, { password }) {
    const { params } = message;
    const { login } = connection;
    if (params[1] === "LS") {
      const listed = lastOf(message)
        .split(" ")
        .map((word) => word.replace(/=.*/, ""));
      login.capabilities = [...login.capabilities, ...listed].slice(0, MAX_WELCOME);
      if (params[2] === "*" && params.length > 3) return; // more of the list follows
      const wanted = WANTED.filter((name) => login.capabilities.includes(name));
      connection.send({ command: "CAP", params: ["REQ", wanted.join(" ")] });
    } else if (password()) {
      connection.send({ command: "AUTHENTICATE", params: ["PLAIN"] });
    } else {
      introduce(connection);
    }
  },
  AUTHENTICATE(connection, _, { password }) {
    const bytes = new TextEncoder().encode(`\0${connection.loginName}\0${password()}`);
    const encoded = btoa(String.fromCharCode(...bytes));
    for (let start = 0; start <= encoded.length; start += CHUNK) {
      connection.send({ command: "AUTHENTICATE", params: [encoded.slice(start, start + CHUNK) || "+"] });
    }
  },
  903: introduce,
  904: (_, __, { refuse }) => refuse("password", WRONG_PASSWORD),
  905: (_, __, { refuse }) => refuse("password", "That password is too long."),
  464: (_, __, { password, refuse }) => refuse("password", password() ? WRONG_PASSWORD : PASSWORD_NEEDED),
  465: (_, message, { refuse }) => refuse("", lastOf(message)),
  400: (_, message, { refuse }) => refuse("", lastOf(message)),
  432: (_, message, { refuse }) => refuse("username", lastOf(message)),
  433(connection, message, { refuse, retryNick }) {
    if (connection.wasOnline && connection.login.ghostTries++ < GHOST_TRIES) retryNick();
    else refuse("username", lastOf(message));
  },
  PING: (connection, message) => connection.send({ command: "PONG", params: [lastOf(message)] }),
  ERROR(connection, message) {
    connection.login.error = lastOf(message);
  },
  900(connection, { params }) {
    connection.login.account = params[2] ?? "";
  },
  "001": (_, message, { come }) => come(message),
};

/** @param {Message} message */
export function lastOf({ params }) {
  return params.at(-1) ?? "";
}

/**
 * Say who we are; what is not ASCII is left out of the user part, which nobody sees.
 * @param {Connection} connection
 */
function introduce(connection) {
  const user = connection.nick.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 10) || "web";
  connection.send({ command: "NICK", params: [connection.nick] });
  connection.send({ command: "USER", params: [user, "0", "*", connection.nick] });
  connection.send({ command: "CAP", params: ["END"] });
}
