/**
 * Valid names of rooms: the tracker's rules (protocol/names.py), checked here to avoid a refusal. Pure.
 */

import { words } from "../words.js";

const MAX_CHARS = 64;
const MAX_BYTES = 190;
const TOO_MANY_MARKS = /\p{M}{5}/u;
const FORBIDDEN = /[\s,:\p{C}\ufffd]/u;
const BEYOND_JOINERS = /(?!\u200d)[\s,:\p{C}]/u;
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;
const PICTORIAL = /[\p{So}\p{Sm}]|[\u{1f3fb}-\u{1f3ff}]/u;
const STYLED = /[\u203c\u2049\u2139\u3030]/;
const JOINER = "\u200d";
const EMOJI_STYLE = "\ufe0f";
const KEYCAP = "\u20e3";
const encoder = new TextEncoder();

/**
 * Return in words why this is not a valid name of a room; '' if it is.
 * @param {string} name with its #
 * @returns {string}
 */
export function roomProblem(name) {
  const characters = [...name];
  if (!name.startsWith("#") || characters.length < 2) return words.naming.tooShort;
  if (characters.length > MAX_CHARS) return words.naming.tooLong(MAX_CHARS);
  const plain = plainSpelling(name);
  if (plain !== name && !roomProblem(plain)) return words.naming.invisible(plain);
  if (BEYOND_JOINERS.test(name)) return words.naming.forbidden;
  if (name.includes("\ufffd") || plain !== name) return words.naming.cannotBeShown;
  if (encoder.encode(name).length > MAX_BYTES) return words.naming.tooManyBytes(MAX_BYTES);
  if (/^#\p{M}/u.test(name) || TOO_MANY_MARKS.test(name)) return words.naming.tooManyMarks;
  return "";
}

/**
 * Return a name composed (NFC), without invisible characters.
 * @param {string} name
 */
export function plainSpelling(name) {
  const characters = [...name];
  const kept = characters.filter((character, at) => !INVISIBLE.test(character) || isInEmoji(characters, at));
  return kept.join("").normalize("NFC");
}

/**
 * Return the valid name closest to what was typed, '' if nothing is left.
 * @param {string} typed with or without a #
 */
export function nearestName(typed) {
  const name = plainSpelling(typed).replace(/^[#\s]*/, "");
  const near = name.replace(new RegExp(`${FORBIDDEN.source}+`, "gu"), "-").replace(/^-+|-+$/g, "");
  return near && `#${near === name ? near : near.toLowerCase()}`;
}

/**
 * Return whether the invisible character there selects an emoji's style or joins two emoji.
 * @param {string[]} characters
 * @param {number} at
 */
function isInEmoji(characters, at) {
  const [before = "", character = "", after = ""] = characters.slice(Math.max(0, at - 1), at + 2);
  const isEmoji = isPictorial(before);
  if (character === EMOJI_STYLE) {
    return isEmoji || STYLED.test(before) || (/[0-9#*]/.test(before) && after === KEYCAP);
  }
  return character === JOINER && (isEmoji || before === EMOJI_STYLE) && isPictorial(after);
}

/** @param {string} character */
function isPictorial(character) {
  return character > "\x7f" && PICTORIAL.test(character);
}
