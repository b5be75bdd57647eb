/** From a message of the protocol to what stands in a room. Pure. */

import { casefold, withoutFormatting } from "./irc.js";

const ACTION = /^\x01ACTION (.*?)\x01?$/s;

/**
 * Return what somebody said as an entry of a room, or null for what is not shown (other commands, CTCP requests).
 * @returns {?{kind: string, nick: string, text: string, id: string, time: number, isMine: boolean, isMention: boolean}}
 */
export function asEntry(session, message) {
  const { command, nick, tags, params } = message;
  if (command !== "PRIVMSG" && command !== "NOTICE") return null;
  const body = params[1] ?? "";
  const action = ACTION.exec(body);
  if (!action && body.startsWith("\x01")) return null;
  const text = withoutFormatting(action ? action[1] : body);
  const isMine = session.isMe(nick);
  return {
    kind: action ? "action" : command === "NOTICE" ? "notice" : "message",
    nick,
    text,
    id: tags.msgid ?? "",
    time: timeOf(message),
    isMine,
    isMention: !isMine && mentions(text, session.nick),
  };
}

/** Return when a message was said (Unix, ms), 0 when it does not say. */
export function timeOf({ tags }) {
  return Date.parse(tags.time ?? "") || 0;
}

/** Tell whether an entry was said after another: the ids of one run of the tracker sort, whatever its clock did. */
export function isAfter(one, other) {
  const run = (id) => id.slice(16);
  return one.id && other.id && run(one.id) === run(other.id) ? one.id > other.id : one.time > other.time;
}

/** Tell whether a text has the name in it as a word. */
export function mentions(text, nick) {
  const [folded, name] = [casefold(text), casefold(nick)];
  const isWord = (character) => /[\p{L}\p{N}\p{M}_]/u.test(character ?? "");
  for (let at = folded.indexOf(name); name && at >= 0; at = folded.indexOf(name, at + 1)) {
    if (!isWord(folded[at - 1]) && !isWord(folded[at + name.length])) return true;
  }
  return false;
}
