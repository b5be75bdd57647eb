/** Finding web addresses, rooms and nicks in a text. Pure. */

const BRACKETS = ["()", "[]", "{}"];
const ENDINGS = new Set(".,;:!?'\u2019\u201d*~"); // punctuation that is not part of a link
const LONGEST_ROOM = 64;
const NICK = /^@[\p{L}[\]\\`_^{|}][\p{L}\p{N}\p{M}[\]\\`_^{|}-]*$/u;

/** Patterns of links to a page, a room or a person, as alternatives of a regular expression with the flags i and u. */
export const LINKS = [
  String.raw`(?<![\p{L}\p{N}])https?:\/\/[^\s<>"\u2066-\u2069\u202a-\u202e]+`,
  String.raw`(?<![\p{L}\p{N}@.\/_-])www\.[^\s<>"\u2066-\u2069\u202a-\u202e]+`,
  String.raw`(?<![^\s(\[{"'\u201c\u2018\u00ab*_~])[#@][^\s,:"<>\p{C}\ufffd]+`,
].join("|");

/**
 * The target of a link: a page, a room, or a person, who may not exist. `text` is the part that is shown.
 * @typedef {{text: string, href: string} | {text: string, room: string} | {text: string, nick: string}} Link
 */

/**
 * Return the target of a piece of text that LINKS has matched, or null.
 * @param {string} found
 * @param {string} before the character before it
 * @returns {Link | null}
 */
export function linkIn(found, before) {
  const text = withoutTrailer(found, before).replace(/^([#@].*)['\u2019]s$/u, "$1");
  if (text.startsWith("#")) return isLikelyRoom(text) ? { text, room: text } : null;
  if (text.startsWith("@")) return NICK.test(text) ? { text, nick: text.slice(1) } : null;
  const address = /^www\./i.test(text) ? `https://${text}` : text;
  if (!URL.canParse(address) || (address !== text && !/^www\.[^.]+\.[^.]/i.test(text))) return null;
  const { href, username, password } = new URL(address);
  return username || password ? null : { text, href }; // what looks like the host may not be it
}

/**
 * Whether a room is meant, and not a number, a colour or the first line of a script.
 * @param {string} text
 */
function isLikelyRoom(text) {
  return text.length <= LONGEST_ROOM && /^#+[\p{L}\p{N}_]/u.test(text) && /\p{L}/u.test(text);
}

/**
 * Leave out punctuation that ends the sentence and not the link; a bracket that was opened inside stays.
 * @param {string} link
 * @param {string} before the character before it
 */
function withoutTrailer(link, before) {
  const loose = new Map(
    BRACKETS.map(([opening = "", closing = ""]) => [closing, count(link, closing) - count(link, opening)]),
  );
  let end = link.length;
  for (; end > 0; end--) {
    const last = link[end - 1] ?? "";
    const left = loose.get(last) ?? 0;
    if (left > 0) loose.set(last, left - 1);
    else if (!ENDINGS.has(last) && !(last === "_" && before === "_")) break;
  }
  return link.slice(0, end);
}

/**
 * @param {string} text
 * @param {string} character
 */
function count(text, character) {
  return text.split(character).length - 1;
}
