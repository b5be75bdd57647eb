/**
 * What happened in a room according to history: joins, parts, topics, modes (draft/event-playback of
 * https://ircv3.net/specs/extensions/chathistory). These events are over, so they change only what is shown. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Session } from "./session.js"
 */

import { words } from "../words.js";
import { asEvent } from "./folding.js";
import { modeTexts } from "./modes.js";

/** @type {Object<string, (session: Session, message: Message) => string>} */
const TEXTS = {
  JOIN: (_, { nick }) => words.events.joined(nick),
  PART: (_, { nick, params }) => words.events.left(nick, params[1]),
  QUIT: (_, { nick, params }) => words.events.leftChat(nick, whyGone(params[0])),
  NICK: (session, { nick, params }) => words.events.renamed(session.isMe(nick), nick, params[0] ?? ""),
  KICK(session, { nick, params }) {
    const [, target = "", why = ""] = params;
    return words.events.kicked(session.isMe(target), target, nick, why === nick ? "" : why);
  },
  TOPIC: (_, { nick, params }) => words.events.topic(nick, params[1] ?? ""),
  MODE: (session, message) => modeTexts(session, message).join("\n"),
  RENAME: (_, { nick, params }) => words.events.roomRenamed(nick, params[0] ?? "", params[1] ?? "", params[2]),
};

const OF_ONESELF = new Set(["JOIN", "PART", "QUIT"]); // our own are not shown

/**
 * Return a past event as an entry of a room, or null for what is not shown.
 * @param {Session} session
 * @param {Message} message
 * @returns {Entry | null}
 */
export function happened(session, message) {
  const { command, nick } = message;
  if (!Object.hasOwn(TEXTS, command) || (OF_ONESELF.has(command) && session.isMe(nick))) return null;
  const text = TEXTS[command]?.(session, message) ?? "";
  return text ? asEvent(session, message, text) : null;
}

/**
 * Return why somebody left the chat, without the prefix that programs add; '' for no reason.
 * @param {string | undefined} why
 */
function whyGone(why) {
  return why?.replace(/^Quit(?:: |$)/, "");
}
