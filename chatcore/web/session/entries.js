/**
 * Turning protocol messages into the entries of a room. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Reaction } from "./reactions.js"
 * @import { Coming } from "./folding.js"
 * @import { Session } from "./session.js"
 */

import { casefold, withoutFormatting } from "../protocol/irc.js";
import { momentOf } from "../protocol/moments.js";
import { splitRank } from "../protocol/names.js";
import { answeredId } from "./quotes.js";

/**
 * An entry of a room. `nick` is '' for lines that nobody said; `id` is the msgid or ''; `time` is Unix, in ms.
 *
 * `key` is a number of this page's own, assigned when the entry is placed. The other fields are optional. For our own
 * messages: `state` ('' once delivered), `reason` (why it failed), `label`, and `until`, before which repeating it is
 * pointless (by the clock of `receive`; 0 for never). `invitation` is the room we are invited to, `rank` the prefix of
 * the members it is restricted to, `answers` the msgid it replies to, `problem` why an action on it failed,
 * `formatted` the text with its formatting codes, `comings` who came and went, `showsAll` that all reactions are
 * shown; `version` counts its changes (`Room.touch`). A redacted message leaves an entry of the kind `gone`.
 * @typedef {{
 *   kind: "message" | "action" | "notice" | "event" | "info" | "error" | "gone", nick: string, text: string, id: string,
 *   time?: number, key?: number, isMine?: boolean, isMention?: boolean, invitation?: string, rank?: string,
 *   state?: "" | "queued" | "sent" | "lost" | "uncertain" | "refused", reason?: string, label?: string, until?: number,
 *   formatted?: string | undefined, answers?: string, reactions?: Reaction[], problem?: string, showsAll?: boolean,
 *   version?: number, comings?: Coming[],
 * }} Entry
 */

const ACTION = /^\x01ACTION (.*?)\x01?$/s;

let keys = 0;

/** Return a key that no other entry has. */
export function newKey() {
  return ++keys;
}

/**
 * Return a message as an entry of a room, or null for what is not shown (other commands, CTCP requests).
 * @param {Session} session
 * @param {Message} message
 * @returns {Entry | null}
 */
export function asEntry(session, message) {
  const { command, nick, tags, params } = message;
  if (command !== "PRIVMSG" && command !== "NOTICE") return null;
  const body = params[1] ?? "";
  const action = ACTION.exec(body);
  if (!action && body.startsWith("\x01")) return null;
  const raw = action?.[1] ?? body;
  const text = withoutFormatting(raw);
  const isMine = session.isMe(nick);
  return {
    kind: action ? "action" : command === "NOTICE" ? "notice" : "message",
    nick,
    text,
    formatted: raw === text ? undefined : raw,
    id: tags.msgid ?? "",
    time: timeOf(message),
    isMine,
    isMention: !isMine && mentions(text, session.nick),
    rank: splitRank(params[0] ?? "")[0],
    answers: answeredId(tags),
  };
}

/**
 * Return when a message was said (Unix, ms), or 0 if it carries no time.
 * @param {Message} message
 */
export function timeOf({ tags }) {
  return momentOf(Date.parse(tags.time ?? ""));
}

/**
 * Return whether an entry was said after another: ids within one run of the tracker sort, whatever its clock did.
 * @param {Pick<Entry, "id" | "time">} one
 * @param {Pick<Entry, "id" | "time">} other
 */
export function isAfter(one, other) {
  const isOneRun = one.id && other.id && one.id.slice(16) === other.id.slice(16);
  return isOneRun ? one.id > other.id : (one.time ?? 0) > (other.time ?? 0);
}

/**
 * Return whether a text contains the name as a word.
 * @param {string} text
 * @param {string} nick
 */
export function mentions(text, nick) {
  return mentionAt(text, nick) >= 0;
}

/**
 * Return where a text contains the name as a word, or -1.
 * @param {string} text
 * @param {string} nick
 * @param {number} from index at which to start
 */
export function mentionAt(text, nick, from = 0) {
  const folded = casefold(text);
  const name = casefold(nick);
  const isWord = (/** @type {string | undefined} */ character) => /[\p{L}\p{N}\p{M}_]/u.test(character ?? "");
  for (let at = folded.indexOf(name, from); name && at >= 0; at = folded.indexOf(name, at + 1)) {
    if (!isWord(folded[at - 1]) && !isWord(folded[at + name.length])) return at;
  }
  return -1;
}
