/**
 * Completion of the word that is being typed: to a command, a room, a name, an emoji. Pure.
 *
 * @import { Session } from "../session/session.js"
 * @import { Command } from "./table.js"
 */

import { EMOJI } from "../emoji_list.js";
import { casefold } from "../protocol/irc.js";
import { names, partners, unique } from "../session/talkers.js";
import { words } from "../words.js";
import { COMMANDS, commandNames, findCommand, synopsis } from "./table.js";

/**
 * One completion: `text` replaces the word, `label` is shown, and `about` says what it means.
 * @typedef {{text: string, label: string, about: string}} Choice
 */

/**
 * The completions of the word that ends at the cursor and begins at `from`. `isEager`: people expect to see them unasked.
 * @typedef {{from: number, word: string, choices: Choice[], isEager: boolean}} Offer
 */

const MOST = 50;
const LEAST_OF_EMOJI = 2;
const PLACES = /#?[A-Z]+(?: \| #?[A-Z]+)*/g; // in a usage, each place: for one thing, or one of several
const NO_NAMES = new Set(["", "ROOM", "KEY", "NEWNAME", "PART", "N", "SECONDS", "PASSWORD", "IP"]);
const ABOUT_THE_PAST = { search: ["in:", "from:", "before:", "after:"], export: ["all ", "in:", "stop"] };

/** Emoji by name, the common ones first. */
export const EMOJI_NAMES = new Map(
  EMOJI.flatMap((line) => {
    const each = line.split(" ");
    return each.flatMap((name, at) => (at % 2 ? [] : [/** @type {[string, string]} */ ([name, each[at + 1] ?? ""])]));
  }),
);

/**
 * Return the completions at the cursor.
 * @param {Session} session
 * @param {string} before the text up to the cursor
 * @returns {Offer}
 */
export function offer(session, before) {
  const from = Math.max(before.lastIndexOf(" "), before.lastIndexOf("\n")) + 1;
  const word = before.slice(from);
  const isFirst = !before.slice(0, from).trim();
  const give = (/** @type {Choice[]} */ choices, isEager = false) => ({
    from,
    word,
    choices: choices.slice(0, MOST),
    isEager: isEager && choices.length > 0,
  });
  if (from === 0 && /^\/(?![^\s/]*\/)/.test(word)) return give(commands(word.slice(1).toLowerCase()), true);
  if (word.startsWith("#")) return give(plain(rooms(session), word), true);
  if (word.startsWith("@")) return give(plain(people(session), word.slice(1), "@"), true);
  if (word.startsWith(":") && word.length > LEAST_OF_EMOJI) return give(emoji(word), true);
  const [name = "", ...given] = before.slice(0, from).trimEnd().split(/ +/);
  const command = name.startsWith("/") ? findCommand(name.slice(1)) : undefined;
  if (command) return give(forCommand(session, command, given.length, word));
  return give(word ? plain(people(session), word, "", isFirst ? ": " : " ") : []);
}

/**
 * Return how to use the command that a text begins with, once arguments follow it; '' if there is none.
 * @param {string} text
 */
export function hint(text) {
  const name = /^\/([^\s/]+)[^\S\n][^\n]*$/.exec(text)?.[1] ?? "";
  const command = name ? findCommand(name) : undefined;
  return command ? words.commands.about(synopsis(command), words.commands.help[command.name] ?? "", "") : "";
}

/**
 * Return the commands that begin with this; aliases only if no command does.
 * @param {string} start
 * @returns {Choice[]}
 */
function commands(start) {
  const found = COMMANDS.map(({ name }) => name).filter((name) => name.startsWith(start));
  const shown = found.length ? found : commandNames().filter((name) => name.startsWith(start));
  return shown.map((name) => {
    const command = findCommand(name);
    const usage = command?.usage ?? "";
    return {
      text: `/${name} `,
      label: `/${name} ${usage}`.trim(),
      about: words.commands.help[command?.name ?? ""] ?? "",
    };
  });
}

/**
 * Return what may follow a command: what its usage has in this place; within a text, names.
 * @param {Session} session
 * @param {Command} command
 * @param {number} count of words that are there already
 * @param {string} word
 * @returns {Choice[]}
 */
function forCommand(session, { name, usage }, count, word) {
  if (name === "search" || name === "export") return aboutThePast(session, name, word);
  if (name === "help")
    return plain(
      COMMANDS.map((each) => each.name),
      word,
    );
  const places = usage.match(PLACES) ?? [];
  if (places.at(-1) === "EMOJI") return [...emoji(word), ...(count ? [] : plain(people(session), word))];
  const wanted = (places[Math.min(count, places.length - 1)] ?? "").replaceAll("#", "").split(" | ");
  const found = wanted.includes("ROOM") ? plain(rooms(session), word.startsWith("#") ? word : `#${word}`) : [];
  if (wanted.every((each) => NO_NAMES.has(each))) return found;
  const isPrivate = (name === "msg" || name === "query") && !count;
  const nicks = isPrivate ? unique([...partners(session), ...people(session)]) : people(session);
  return [...found, ...plain(nicks, word)];
}

/**
 * @param {Session} session
 * @param {"search" | "export"} command
 * @param {string} word
 * @returns {Choice[]}
 */
function aboutThePast(session, command, word) {
  const [, filter = "", value = ""] = /^(in|from):(.*)$/i.exec(word) ?? [];
  if (!filter) return plain(ABOUT_THE_PAST[command], word, "", "");
  const places = filter.toLowerCase() === "in" ? rooms(session) : [];
  const start = value.startsWith("#") || !places.length ? value : `#${value}`;
  return [...plain(places, start, `${filter}:`), ...plain(people(session), value, `${filter}:`)];
}

/**
 * @param {string} word
 * @returns {Choice[]}
 */
function emoji(word) {
  const start = word.replace(/^:|:$/g, "").toLowerCase();
  /** @type {Map<string, Choice>} */
  const found = new Map();
  const fit = (/** @type {(name: string) => boolean} */ isIt) => {
    for (const [name, each] of EMOJI_NAMES)
      if (isIt(name) && !found.has(each)) found.set(each, { text: `${each} `, label: `${each} :${name}:`, about: "" });
  };
  fit((name) => name === start);
  fit((name) => name.startsWith(start));
  fit((name) => name.includes(start));
  return [...found.values()];
}

/** @param {Session} session */
function people(session) {
  const room = session.current;
  return room ? names(session, room) : [];
}

/** @param {Session} session */
function rooms(session) {
  return [...session.rooms.values()].filter(({ isPrivate }) => !isPrivate).map(({ name }) => name);
}

/**
 * @param {string[]} known
 * @param {string} start
 * @returns {Choice[]}
 */
function plain(known, start, before = "", after = " ") {
  const begun = casefold(start);
  return known
    .filter((name) => casefold(name).startsWith(begun))
    .map((name) => ({ text: `${before}${name}${after}`, label: before + name, about: "" }));
}
