/**
 * Which room a typed or pasted text means: one name, or a question. Pure.
 */

import { words } from "../words.js";
import { parseFragment } from "./link.js";
import { asRoom } from "./names.js";
import { nearestName, plainSpelling, roomProblem } from "./room_names.js";

/**
 * The result: `room` ('' if uncertain), with the `key` from a link. If uncertain, `problem` says why, and `choices`
 * are the possible names.
 * @typedef {{room: string, key: string, problem: string, choices: string[]}} Meant
 */

/**
 * Return which room is meant.
 * @param {string} typed a name, with or without its #, or a link
 * @param {string} page the page's own address, which links to this chat have
 * @returns {Meant}
 */
export function roomMeant(typed, page = "") {
  const said = typed.trim().replace(/^\/join\s+/i, "");
  if (!said) return question(words.naming.which);
  if (/^https?:\/\//i.test(said)) return linkMeant(said, page);
  const several = severalIn(said);
  if (several.length > 1) return question(words.naming.oneAtATime, several);
  const name = plainSpelling(asRoom(said));
  const problem = roomProblem(name);
  if (!problem) return { room: name, key: "", problem: "", choices: [] };
  const near = nearestName(said);
  return question(problem, near && !roomProblem(near) ? [near] : []);
}

/**
 * @param {string} problem
 * @param {string[]} choices
 * @returns {Meant}
 */
function question(problem, choices = []) {
  return { room: "", key: "", problem, choices };
}

/**
 * @param {string} said
 * @param {string} page
 */
function linkMeant(said, page) {
  const [, address = said, fragment = ""] = /^([^#]*)#(.*)$/s.exec(said) ?? [];
  const { room, key, problem } = parseFragment(fragment);
  if (problem || !room) return question(problem || words.naming.linkWithoutRoom);
  const isHere = URL.canParse(address) && URL.canParse(page) && new URL(address).href === new URL(page).href;
  if (isHere) return { room, key, problem: "", choices: [] };
  return question(words.naming.linkElsewhere, [room]);
}

/**
 * Return the names of the rooms in a text, if there are several.
 * @param {string} said
 */
function severalIn(said) {
  const parts = said.split(/\s*,\s*/).filter((part) => part);
  const marked = said.split(/[\s,]+/).filter((part) => part);
  const names = parts.length > 1 ? parts : marked.every((part) => part.startsWith("#")) ? marked : [];
  const rooms = names.map((name) => nearestName(name)).filter((name) => !roomProblem(name));
  return [...new Set(rooms)];
}
