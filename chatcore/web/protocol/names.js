/** Names of rooms, and the colour of a name, which is the same as in the terminal client. Pure. */

import { casefold } from "./irc.js";

export const LOBBY = "#lobby";
const COLOURS = 12;

/**
 * Return the 32-bit FNV-1a hash of a text's UTF-8.
 * @param {string} text
 */
function fnv1a(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/**
 * Return the number of a name's colour, from 0 to 11; the style sheet has a class `name-N` for each.
 * @param {string} name
 */
export function colourOf(name) {
  return fnv1a(casefold(name)) % COLOURS;
}

/**
 * Return whether a target is a room (and not a person).
 * @param {string} target
 */
export function isRoom(target) {
  return target.startsWith("#");
}

/**
 * Return whether a name is valid as one parameter of a line.
 * @param {string} name
 */
export function isName(name) {
  return !/^(?::|$)|[ ,\r\n\0]/.test(name);
}

/**
 * Split a target into its rank prefix ('' for none) and the name: `@#dev` means the members of #dev with that rank.
 * @param {string} target
 * @returns {[string, string]}
 */
export function splitRank(target) {
  const [, rank = "", name = target] = /^([@+]+)(#.*)$/s.exec(target) ?? [];
  return [rank, name];
}

/**
 * Return a typed text as the name of a room, adding the # that people leave out.
 * @param {string} typed
 */
export function asRoom(typed) {
  const name = typed.trim();
  return isRoom(name) ? name : `#${name}`;
}
