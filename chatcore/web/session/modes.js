/**
 * Parsing mode changes and telling them in words: bans, mutes, slow mode. Pure.
 *
 * https://modern.ircdocs.horse/#channel-mode, and CHANMODES, PREFIX and EXTBAN of RPL_ISUPPORT.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Session } from "./session.js"
 */

import { words } from "../words.js";

/** The prefix that makes a mask in the ban list a mute. */
export const MUTE = "m:";

/** The slow mode. */
export const SLOW = "W";

const BAN = "b";
const ANYBODY = "!*@*";

/**
 * One mode change; `param` is '' for a mode without one.
 * @typedef {{adding: boolean, letter: string, param: string}} ModeChange
 */

/**
 * Parse the modes of a message, such as `+ov` with two nicks.
 * @param {Session} session
 * @param {string[]} words
 */
export function parseModes(session, [letters = "", ...params]) {
  const [lists = BAN, keys = "k", limits = "l"] = session.tracker.isupport.get("CHANMODES")?.split(",") ?? [];
  /** @type {ModeChange[]} */
  const changes = [];
  let adding = true;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") {
      adding = letter === "+";
      continue;
    }
    const isTaking = ranks(session).includes(letter) || (lists + keys + (adding ? limits : "")).includes(letter);
    changes.push({ adding, letter, param: (isTaking && params.shift()) || "" });
  }
  return changes;
}

/**
 * Return the mode letters that give a rank, such as `ov`.
 * @param {Session} session
 */
function ranks(session) {
  return /^\((\w*)\)/.exec(session.tracker.isupport.get("PREFIX") ?? "")?.[1] ?? "ov";
}

/**
 * Return a message's mode changes in words: one text for each that has its own wording, and one for the rest.
 * @param {Session} session
 * @param {Message} message
 */
export function modeTexts(session, { nick, params: [, ...letters] }) {
  const who = nick || words.modes.tracker;
  const changes = parseModes(session, letters);
  const others = changes.filter(({ letter, param }) => letter !== SLOW && !(letter === BAN && param));
  const texts = changes.filter((change) => !others.includes(change)).map((change) => told(session, who, change));
  return others.length ? [...texts, words.modes.set(who, asWords(others))] : texts;
}

/**
 * Return whether a message gives or takes a rank.
 * @param {Session} session
 * @param {Message} message
 */
export function changesRanks(session, { params: [, ...letters] }) {
  return parseModes(session, letters).some(({ letter }) => ranks(session).includes(letter));
}

/**
 * @param {Session} session
 * @param {string} who
 * @param {ModeChange} change
 */
function told(session, who, { adding, letter, param }) {
  if (letter === SLOW) return adding ? words.modes.slow(who, pace(param)) : words.modes.notSlow(who);
  const them = whom(param);
  const other = session.isMe(them) ? "" : them;
  if (param.startsWith(MUTE)) return (adding ? words.modes.muted : words.modes.unmuted)(other, who);
  return (adding ? words.modes.banned : words.modes.unbanned)(other, who);
}

/**
 * Return in words how often one may speak in slow mode.
 * @param {string} seconds
 */
export function pace(seconds) {
  return words.modes.pace(seconds);
}

/**
 * Return whom a mask matches: a nick if that is all it says, or else the mask.
 * @param {string} mask
 */
export function whom(mask) {
  const them = mask.startsWith(MUTE) ? mask.slice(MUTE.length) : mask;
  return them.endsWith(ANYBODY) ? them.slice(0, -ANYBODY.length) : them;
}

/** @param {ModeChange[]} changes */
function asWords(changes) {
  const letters = changes.map(({ adding, letter }, index) => {
    const isSame = index > 0 && changes[index - 1]?.adding === adding;
    return isSame ? letter : `${adding ? "+" : "-"}${letter}`;
  });
  return [letters.join(""), ...changes.map(({ param }) => param).filter((param) => param)].join(" ");
}
