/**
 * A room that the user wanted to enter but may not: why, and who can help. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Session } from "./session.js"
 */

import { casefold } from "../protocol/irc.js";
import { words } from "../words.js";

const MEMBERS = "353";
const MAX_HELPERS = 5;
const OPERATOR = /^[~&@%]+/;

/** @type {Object<string, Refusal["kind"]>} */
const KINDS = {
  405: "many",
  471: "full",
  473: "invitation",
  474: "banned",
  475: "key",
  477: "account",
};
/** The kinds in which somebody in the room can help. @type {Set<Refusal["kind"]>} */
const HELPED = new Set(["invitation", "banned"]);

/**
 * Why a room could not be entered: `text` is what the tracker said, `attempt` counts the tries, `isKeyed` says that a
 * key was given. `helpers` are operators of the room, `inviter` has invited us since.
 * @typedef {{
 *   name: string, kind: "key" | "invitation" | "banned" | "full" | "account" | "many" | "other", text: string,
 *   isKeyed: boolean, attempt: number, helpers: string[], inviter: string,
 * }} Refusal
 */

/**
 * Take the tracker's refusal to let us into a room.
 * @param {Session} session
 * @param {{name: string, key: string}} wanted
 * @param {string} text
 * @param {Message | undefined} message the refusal
 */
export function refuse(session, { name, key }, text, message) {
  const before = session.refusal;
  const kind = KINDS[message?.command ?? ""] ?? "other";
  /** @type {Refusal} */
  const refusal = { name, kind, text, isKeyed: key !== "", attempt: 1, helpers: [], inviter: "" };
  session.refusal = refusal;
  if (before && isFor(before, name)) refusal.attempt = before.attempt + 1;
  if (!HELPED.has(kind) || session.find(name)) return;
  const take = (/** @type {Message[]} */ messages) => {
    refusal.helpers = operatorsIn(messages);
  };
  session.order({ command: "NAMES", params: [name] }, { take, fail() {} });
}

/**
 * Drop the refusal: the room was entered, or is no longer wanted.
 * @param {Session} session
 * @param {string} name
 */
export function settled(session, name) {
  if (session.refusal && isFor(session.refusal, name)) session.refusal = null;
}

/**
 * Note that somebody has invited us, perhaps into the refused room.
 * @param {Session} session
 * @param {string} name
 * @param {string} inviter
 */
export function invitedAfterAll({ refusal }, name, inviter) {
  if (refusal && isFor(refusal, name)) refusal.inviter = inviter;
}

/**
 * Open a conversation with somebody who may help, with a request ready to be sent.
 * @param {Session} session
 * @param {string} nick
 */
export function askHelper(session, nick) {
  const { refusal } = session;
  session.refusal = null;
  const conversation = session.talkTo(nick);
  if (conversation && refusal) conversation.draft ||= words.refused.request(refusal.name);
}

/**
 * @param {Refusal} refusal
 * @param {string} name
 */
function isFor(refusal, name) {
  return casefold(refusal.name) === casefold(name);
}

/** @param {Message[]} messages */
function operatorsIn(messages) {
  const lists = messages.filter(({ command }) => command === MEMBERS).map(({ params }) => params[3] ?? "");
  const operators = lists.flatMap((list) => list.split(" ")).filter((word) => OPERATOR.test(word));
  return operators.slice(0, MAX_HELPERS).map((word) => word.replace(/^[~&@%+]+/, "").replace(/!.*/, ""));
}
