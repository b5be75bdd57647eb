/**
 * What commands share: requests to the tracker, whose refusals are shown where the command was typed. Pure.
 *
 * @import { Answer } from "../session/questions.js"
 * @import { Session } from "../session/session.js"
 */

import { asRoom, isRoom } from "../protocol/names.js";
import { roomProblem } from "../protocol/room_names.js";
import { words } from "../words.js";

/**
 * A command's handler. It is given what follows the name, and the time in ms, by the clock that answers are timed by. It
 * returns what is wrong, if anything.
 * @typedef {(session: Session, text: string, now: number) => string | void} Run
 */

/**
 * Send the tracker a request. Returns what is wrong, '' if nothing. The tracker's refusal is shown where the command was
 * typed, and so is what `take` shows.
 * @param {Session} session
 * @param {string} command
 * @param {string[]} params
 * @param {Answer["take"]} take handles the answer
 */
export function order(session, command, params, take = () => {}) {
  if (!session.isOnline) return words.common.notConnected;
  const wrong = params.slice(0, -1).find((word) => word.startsWith(":")); // it would be read as the last parameter
  if (wrong) return words.commands.notAName(wrong);
  session.order({ command, params }, { take });
  return "";
}

/**
 * Split a text into its first word and what follows.
 * @param {string} text
 * @returns {[string, string]}
 */
export function firstWord(text) {
  const [, word = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return [word, rest];
}

/**
 * Return the person that a command is about, and what follows the name; `problem` is what is wrong, '' if nothing.
 * @param {string} text
 * @returns {{name: string, rest: string[], problem: string}}
 */
export function person(text) {
  const [name, rest] = firstWord(text);
  const problem = isRoom(name) || name.includes(",") ? words.commands.oneName : "";
  return { name, rest: rest ? [rest] : [], problem };
}

/**
 * Return the room that is named, or else the current one; `problem` is what is wrong, '' if nothing.
 * @param {Session} session
 * @param {string} word
 * @returns {{name: string, problem: string}}
 */
export function roomNamed(session, word) {
  if (word) return { name: asRoom(word), problem: roomProblem(asRoom(word)) };
  const room = session.current;
  return room && !room.isPrivate
    ? { name: room.name, problem: "" }
    : { name: "", problem: room ? words.commands.noRoomHere : words.commands.inNoRoom };
}
