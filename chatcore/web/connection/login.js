/**
 * Logging in: what to do on each answer of the tracker, until the welcome.
 *
 * @import { Connection, Problem } from "./connection.js"
 * @import { Credentials } from "./credentials.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Limits } from "../protocol/multiline.js"
 */

import { MAX_WELCOME } from "../protocol/bounds.js";
import { RESUME, WANTED } from "../protocol/capabilities.js";
import { limitsOf, MULTILINE } from "../protocol/multiline.js";
import { words } from "../words.js";

const GHOST_TRIES = 15; // a lost connection's username is free again within seconds
const CHUNK = 400;
const SASL_FAILED = "SASL authentication failed"; // every tracker's words for wrong credentials
const OF_INVITATION = /\binvitation\b/i;

/**
 * Return the state of a login that begins.
 * @returns {{capabilities: string[], limits: Limits, account: string, ghostTries: number, isTaken: boolean, error: string, isResumed: boolean,
 *   isRefused: boolean, notInvited: string}} `error` is the tracker's last
 *   ERROR, or ''; `limits` are those of multi-line messages; `isResumed`: the tracker resumed the visit of our token,
 *   `isRefused`: it refused to; `notInvited`: why it refused our invitation, or ''
 */
export function newLogin() {
  const limits = { lines: 0, bytes: 0 };
  const resumption = { isResumed: false, isRefused: false };
  return {
    capabilities: [],
    limits,
    account: "",
    ghostTries: 0,
    isTaken: false,
    error: "",
    ...resumption,
    notInvited: "",
  };
}

/**
 * What a step may use of the connection, besides what everybody can.
 * @typedef {{
 *   credentials: Credentials, refuse: (field: Problem["field"], text: string) => void, come: (message: Message) => void,
 *   retryNick: () => void,
 * }} Steps
 */

/**
 * The steps of registration: what to do on each answer.
 * @type {Object<string, (connection: Connection, message: Message, steps: Steps) => void>}
 */
export const LOGIN = {
  CAP(connection, message, { credentials }) {
    const { params } = message;
    const { login } = connection;
    if (params[1] === "LS") {
      const listed = lastOf(message)
        .split(" ")
        .map((word) => word.replace(/=.*/, ""));
      const limits = new RegExp(`(?:^| )${MULTILINE}=(\\S*)`).exec(lastOf(message))?.[1];
      if (limits) login.limits = limitsOf(limits);
      login.capabilities = [...login.capabilities, ...listed].slice(0, MAX_WELCOME);
      if (params[2] === "*" && params.length > 3) return; // more of the list follows
      const wanted = WANTED.filter((name) => login.capabilities.includes(name));
      connection.send({ command: "CAP", params: ["REQ", wanted.join(" ")] });
      return;
    }
    const token = login.capabilities.includes(RESUME) && credentials.token;
    if (token) connection.send({ command: "RESUME", params: [token] });
    else prove(connection, credentials.password);
  },
  RESUME(connection, { params }) {
    if (params[0] !== "SUCCESS") return;
    connection.login.isResumed = true;
    connection.nick = params[1] || connection.nick;
    introduce(connection);
  },
  FAIL(connection, { params }, { credentials }) {
    if (params[0] !== "RESUME") return;
    credentials.token = "";
    const { isResumed } = connection.login;
    Object.assign(connection.login, { isResumed: false, isRefused: true });
    if (!isResumed) prove(connection, credentials.password);
  },
  AUTHENTICATE(connection, _, { credentials: { identity, password } }) {
    const bytes = new TextEncoder().encode(`\0${identity}\0${password}`);
    const encoded = btoa(String.fromCharCode(...bytes));
    for (let start = 0; start <= encoded.length; start += CHUNK) {
      connection.send({ command: "AUTHENTICATE", params: [encoded.slice(start, start + CHUNK) || "+"] });
    }
  },
  903: introduce,
  904(connection, message, { credentials, refuse }) {
    const isInvited = credentials.invitation !== "";
    const text = lastOf(message);
    if (text !== SASL_FAILED && !OF_INVITATION.test(text)) refuse(isInvited ? "" : "password", text);
    else if (isInvited) goOnWithout(connection, text);
    else refuse("password", words.entering.wrong);
  },
  905: (_, __, { refuse }) => refuse("password", words.entering.tooLong),
  464({ login, isReloaded }, message, { credentials, refuse }) {
    const why = login.notInvited || lastOf(message);
    const whyKnown = login.isRefused ? words.entering.awayTooLong : words.entering.passwordAgain;
    const whyNone = isReloaded || login.isRefused ? whyKnown : words.entering.needed;
    if (credentials.invitation) refuse("invitation", whyNotInvited(why));
    else refuse("password", credentials.password ? words.entering.wrong : whyNone);
  },
  465: (_, message, { refuse }) => refuse("", lastOf(message)),
  400: (_, message, { refuse }) => refuse("", lastOf(message)),
  432: (_, message, { refuse }) => refuse("username", lastOf(message)),
  433(connection, message, { refuse, retryNick }) {
    if (connection.wasOnline && connection.login.ghostTries++ < GHOST_TRIES) retryNick();
    else {
      connection.login.isTaken = true;
      refuse("username", lastOf(message));
    }
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

/**
 * Go on without the invitation that was refused: a chat that no longer has a password lets us in, any other says 464.
 * @param {Connection} connection
 * @param {string} why
 */
function goOnWithout(connection, why) {
  connection.login.notInvited = why;
  introduce(connection);
}

/**
 * Return why an invitation was refused, and what the person can do.
 * @param {string} text the tracker's reason
 */
function whyNotInvited(text) {
  const why = OF_INVITATION.test(text) ? `${text.replace(/:.*/, "")}.` : words.entering.notInvited;
  return `${why} ${words.entering.orPassword}`;
}

/** @param {Message} message */
export function lastOf({ params }) {
  return params.at(-1) ?? "";
}

/**
 * Prove that we know the password, if there is one.
 * @param {Connection} connection
 * @param {string} password
 */
function prove(connection, password) {
  if (password) connection.send({ command: "AUTHENTICATE", params: ["PLAIN"] });
  else introduce(connection);
}

/**
 * Say who we are. The user part, which nobody sees, leaves out what is not ASCII.
 * @param {Connection} connection
 */
function introduce(connection) {
  const user = connection.nick.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 10) || "web";
  connection.send({ command: "NICK", params: [connection.nick] });
  connection.send({ command: "USER", params: [user, "0", "*", connection.nick] });
  connection.send({ command: "CAP", params: ["END"] });
}
