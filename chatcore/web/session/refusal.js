/**
 * A room that a person wanted to enter and may not: why, and who could help. Pure.
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
/** Whether somebody in the room could help. @type {Set<Refusal["kind"]>} */
const HELPED = new Set(["invitation", "banned"]);

/**
 * Why a room could not be entered: `text` are the tracker's words, `attempt` counts how often it was tried, with `isKeyed`
 * if a key was given. `helpers` are operators of the room, `inviter` has invited us meanwhile.
 * @typedef {{
 *   name: string, kind: "key" | "invitation" | "banned" | "full" | "account" | "many" | "other", text: string,
 *   isKeyed: boolean, attempt: number, helpers: string[], inviter: string,
 * }} Refusal
 */

/**
 * The tracker does not let a person into a room.
 * @param {Session} session
 * @param {{name: string, key: string}} wanted
 * @param {string} text
 * @param {Message | undefined} message what says so
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
 * A room was entered, or is not wanted any more.
 * @param {Session} session
 * @param {string} name
 */
export function settled(session, name) {
  if (session.refusal && isFor(session.refusal, name)) session.refusal = null;
}

/**
 * Somebody has invited us: perhaps into the room that we could not enter.
 * @param {Session} session
 * @param {string} name
 * @param {string} inviter
 */
export function invitedAfterAll({ refusal }, name, inviter) {
  if (refusal && isFor(refusal, name)) refusal.inviter = inviter;
}

/**
 * Turn to somebody who may help, with a request that is yet to be sent.
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
