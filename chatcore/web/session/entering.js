/**
 * Entering rooms: asking to, and what happens when the tracker refuses. Pure.
 *
 * @import { Answer } from "./questions.js"
 * @import { Session } from "./session.js"
 */

import { openFinder } from "./finding.js";
import { keptOut } from "./obstacle.js";
import { refuse } from "./refusal.js";

/**
 * Ask to enter a room.
 * @param {Session} session
 * @param {string} name
 * @param {string} key its password, '' for none
 * @param {Answer} answer what else becomes of it; without `fail` a refusal is told: to whoever asked for it, as something
 *   to answer
 */
export function enter(session, name, key, answer = {}) {
  const room = session.find(name) ?? session.current;
  session.order(
    { command: "JOIN", params: key ? [name, key] : [name] },
    {
      room,
      ...answer,
      fail(text, message) {
        const isAsked = notLetIn(session, name, text);
        const known = session.find(name);
        if (known && !known.isJoined) keptOut(known, text, message);
        if (answer.fail) answer.fail(text, message);
        else if (isAsked && message) refuse(session, { name, key }, text, message);
        else if (!known) session.tell(`${name}: ${text}`, "error");
      },
    },
  );
}

/**
 * Take note that a room was not entered: stop waiting for it, and mark what was on its way there as uncertain. Returns
 * whether the user wanted to look at it.
 * @param {Session} session
 * @param {string} name
 * @param {string} reason
 */
export function notLetIn(session, name, reason) {
  const isAsked = session.wanted.settle(name);
  const room = session.find(name);
  for (const entry of room && !room.isJoined ? room.pending : []) {
    if (entry.state === "lost") Object.assign(entry, { state: "uncertain", reason });
  }
  if (!session.rooms.size && !session.wanted.size && !session.finding.isOpen) openFinder(session);
  return isAsked;
}
