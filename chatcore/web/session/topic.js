/**
 * A room's topic: receiving it, changing it, and who may. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Handler } from "./received.js"
 * @import { Answer } from "./questions.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { casefold, withoutFormatting } from "../protocol/irc.js";
import { words } from "../words.js";
import { event } from "./members.js";
import { parseModes } from "./modes.js";

const MODES = "324";
const LOCKED = "t"; // only operators may change the topic
const MODERATED = "m";

/** @type {Handler} */
export function topicIs(session, { params }) {
  const room = session.find(params[1] ?? "");
  if (room) room.topic = withoutFormatting(params[2] ?? "");
}

/** @type {Handler} */
export function topicChanged(session, message) {
  const [name = "", topic = ""] = message.params;
  const room = session.find(name);
  if (!room) return;
  room.topic = withoutFormatting(topic);
  event(session, room, message, words.events.topic(message.nick, room.topic));
}

/**
 * Change a room's topic.
 * @param {Session} session
 * @param {Room} room
 * @param {string} text one line, '' for nothing
 * @param {Answer} answer
 */
export function setTopic(session, room, text, answer) {
  session.order({ command: "TOPIC", params: [room.name, text.replace(/\s+/g, " ").trim()] }, answer);
}

/**
 * Whether we may change the topic of a room, as far as is known.
 * @param {Session} session
 * @param {Room} room
 */
export function mayChangeTopic(session, room) {
  if (room.isPrivate || !room.isJoined || !session.isOnline) return false;
  return hasPower(session, room) || room.topicLock === "off";
}

/**
 * Ask once whether any member may change a room's topic, if we do not know.
 * @param {Session} session
 * @param {Room} room
 */
export function askForLock(session, room) {
  if (room.isPrivate || !room.isJoined || !session.isOnline || room.topicLock || hasPower(session, room)) return;
  room.topicLock = "asked";
  const take = (/** @type {Message[]} */ messages) => {
    const [, letters = ""] = messages.find(({ command }) => command === MODES)?.params.slice(1) ?? [];
    room.topicLock = letters.includes(LOCKED) ? "on" : "off";
    room.isModerated = letters.includes(MODERATED);
  };
  session.order({ command: "MODE", params: [room.name] }, { take, fail() {} });
}

/**
 * Take a change of the room's modes: of the topic lock, or of who may speak.
 * @param {Session} session
 * @param {Room} room
 * @param {Message} message
 */
export function lockChanged(session, room, { params: [, ...letters] }) {
  for (const { adding, letter } of parseModes(session, letters)) {
    if (letter === LOCKED) room.topicLock = adding ? "on" : "off";
    if (letter === MODERATED) room.isModerated = adding;
  }
}

/**
 * @param {Session} session
 * @param {Room} room
 */
function hasPower(session, room) {
  const rank = room.members.get(casefold(session.nick))?.prefix ?? "";
  return session.orders.isOperator || /[~&@]/.test(rank);
}
