/**
 * Parsing a search query, and marking its words in a text. Pure.
 *
 * The tracker gets the words as typed. Here they are only marked, much as the tracker matches them: as whole words,
 * ignoring accents and case; in scripts without spaces, any part.
 */

import { words } from "../words.js";
import { byteLength, escapeTag, MAX_BODY_BYTES } from "./irc.js";

/**
 * The query: words, in a room or with a person, by an author, between two times (Unix, ms, inclusive).
 * @typedef {{words: string, place: string, author: string, afterMs: number, beforeMs: number}} Query
 */

const PART = /"([^"]*)(?:"(\*?)|$)|([^\s"]+)/g;
const FILTER = /^(in|from|before|after):(.*)$/is;
const MOMENT = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?$/i;
const MAX_QUERY_BYTES = MAX_BODY_BYTES - 60; // for the command, and for a time if there is none
const MAX_MARKED = 32;
// Scripts without spaces between words, and symbols: each character is matched by itself.
const SCRIPTS =
  "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Bopo}\\p{scx=Hang}\\p{sc=Yi}\\p{sc=Tangut}" +
  "\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Myanmar}\\p{sc=Khmer}";
const SINGLE = `[[[${SCRIPTS}]&&[\\p{L}\\p{N}\\p{M}]]\\p{So}[\\p{Extended_Pictographic}--[0-9#*]]]`;
const WORD = `[[\\p{L}\\p{N}\\p{M}]--${SINGLE}]`;
const TOKEN = inSets(`${SINGLE}|${WORD}+`, "g");
const IS_SINGLE = inSets(`^${SINGLE}`);
const SPACING = "[^\\p{L}\\p{N}\\p{M}]";

/**
 * Return a pattern with nested sets; null in a browser without them, where nothing is marked.
 * @param {string} pattern
 * @param {string} flags
 */
function inSets(pattern, flags = "") {
  try {
    return new RegExp(pattern, `${flags}v`);
  } catch {
    return null;
  }
}

/**
 * Parse what was typed; return the query, or in words why it is invalid.
 * @param {string} typed words, and `in:PLACE`, `from:NICK`, `before:DAY`, `after:DAY` with days as 2026-11-01 or times as
 *   2026-11-01T12:30
 * @returns {{query: Query, problem: string}}
 */
export function parseQuery(typed) {
  const query = { words: "", place: "", author: "", afterMs: -Infinity, beforeMs: Infinity };
  let problem = "";
  const rest = typed.replace(PART, (whole, _quoted, _star, word) => {
    const [, name = "", value = ""] = FILTER.exec(word ?? "") ?? [];
    if (!name) return whole;
    problem ||= narrow(query, name.toLowerCase(), value);
    return " ";
  });
  query.words = rest.trim().replace(/\s+/g, " ");
  const isEmpty =
    !query.words && !query.place && !query.author && query.afterMs === -Infinity && query.beforeMs === Infinity;
  if (isEmpty) problem ||= words.search.what;
  if (byteLength(attributesOf(query, query.beforeMs, 1000)) > MAX_QUERY_BYTES) problem ||= words.search.tooMuch;
  return { query, problem };
}

/**
 * @param {Query} query
 * @param {string} name
 * @param {string} value
 * @returns {string} what is wrong with it
 */
function narrow(query, name, value) {
  if (!value) return words.search.noValue(name, EXAMPLES[name] ?? "");
  if (name === "in") query.place = value;
  else if (name === "from") query.author = value;
  else {
    const start = startOf(value);
    if (start === null) return words.search.noDay(value, EXAMPLES[name] ?? "");
    if (name === "before") query.beforeMs = start - 1;
    else query.afterMs = start;
  }
  return "";
}

/** @type {Object<string, string>} */
const EXAMPLES = { in: "in:#lobby", from: "from:ann", before: "before:2026-11-01", after: "after:2026-10-01" };

/**
 * Return when a day or a minute begins in local time (Unix, ms), or null if it is neither.
 * @param {string} text
 */
function startOf(text) {
  const [, year, month, day, hour = 0, minute = 0] = (MOMENT.exec(text) ?? []).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(year, month - 1, day, hour, minute);
  const isReal = date.getMonth() === month - 1 && date.getDate() === day && hour < 24 && minute < 60;
  return isReal ? date.getTime() : null;
}

/**
 * Return a query as the tracker takes it: the newest matches up to a time.
 * @param {Query} query
 * @param {number} beforeMs inclusive; Infinity for now
 * @param {number} limit
 */
export function attributesOf({ words, place, author }, beforeMs, limit) {
  const before = beforeMs < Infinity ? new Date(beforeMs).toISOString() : "";
  return asAttributes({ text: words, in: place, from: author, before, limit: String(limit) });
}

/**
 * Return the parameter of SEARCH, leaving out empty attributes.
 * @param {Object<string, string>} values
 */
export function asAttributes(values) {
  const pairs = Object.entries(values).filter(([, value]) => value);
  return pairs.map(([name, value]) => `${name}=${escapeTag(value)}`).join(";");
}

/**
 * Split a text into matching pieces and those between them.
 * @param {string} text
 * @param {string} words
 */
export function markWords(text, words) {
  const { folded, starts } = fold(text);
  /** @type {{text: string, isMatch: boolean}[]} */
  const pieces = [];
  let end = 0;
  const put = (/** @type {number} */ to, /** @type {boolean} */ isMatch) => {
    if (to > end) pieces.push({ text: text.slice(end, to), isMatch });
    end = Math.max(end, to);
  };
  const pattern = patternOf(words);
  for (const found of pattern ? folded.matchAll(pattern) : []) {
    put(starts[found.index] ?? 0, false);
    put(starts[found.index + found[0].length] ?? text.length, true);
  }
  put(text.length, false);
  return pieces;
}

/**
 * Return a pattern that matches any of the words in a folded text, or null for no words.
 * @param {string} words
 */
function patternOf(words) {
  const phrases = [...words.matchAll(PART)].slice(0, MAX_MARKED).map(([, quoted, star, word]) => {
    const tokens = (TOKEN && fold(word ?? quoted ?? "").folded.match(TOKEN)) ?? [];
    const isOpen = word === undefined ? star === "*" : word.endsWith("*");
    return tokens.map((token, index) => asPattern(token, tokens[index + 1], isOpen)).join("");
  });
  const some = phrases.filter((phrase) => phrase).sort((one, other) => other.length - one.length);
  return some.length ? inSets(some.join("|"), "g") : null;
}

/**
 * Return the pattern of one token of a phrase, up to the next.
 * @param {string} token
 * @param {string | undefined} next
 * @param {boolean} isOpen the last word may continue
 */
function asPattern(token, next, isOpen) {
  if (IS_SINGLE?.test(token)) return next ? `${token}${SPACING}*` : token;
  const start = `(?<!${WORD})${token}`;
  if (next) return `${start}(?!${WORD})${SPACING}*`;
  return isOpen ? `${start}${WORD}*` : `${start}(?!${WORD})`;
}

/**
 * Return a text without case and accents, and where in the text each of its characters begins.
 * @param {string} text
 */
function fold(text) {
  let folded = "";
  /** @type {number[]} */
  const starts = [];
  let place = 0;
  for (const character of text) {
    const plain = character
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "")
      .normalize("NFKC")
      .toLowerCase();
    for (let index = 0; index < plain.length; index++) starts.push(place);
    folded += plain;
    place += character.length;
  }
  return { folded, starts };
}
