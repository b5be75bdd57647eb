/**
 * The commands that say something, go somewhere or change something: handlers of the table in `table.js`. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Run } from "./ordering.js"
 * @import { Session } from "../session/session.js"
 */

import { asRoom, isRoom, splitRank } from "../protocol/names.js";
import { roomProblem } from "../protocol/room_names.js";
import { say } from "../session/sending.js";
import { words } from "../words.js";
import { firstWord, order, roomNamed } from "./ordering.js";

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]):\d{1,5}$/i;
const INVITED = "341";

/** @type {Run} */
export function join(session, text) {
  const [name = "", key] = text.split(/\s+/);
  const problem = roomProblem(asRoom(name));
  if (problem) return problem;
  session.join(asRoom(name), key);
}

/** @type {Run} */
export function leave(session, text) {
  const [name, reason] = firstWord(text);
  const room = name ? (session.find(name) ?? session.find(asRoom(name))) : session.current;
  if (!room) return words.commands.notInRoom;
  session.leave(room, reason);
}

/** @type {Run} */
export function send(session, text) {
  const [name, what] = firstWord(text);
  const room = session.find(asRoom(name));
  if (!room?.isJoined) return words.commands.notIn(asRoom(name));
  say(session, room, what);
  if (room !== session.current) session.tell(words.commands.saidTo(room.name, what));
}

/** @type {Run} */
export function message(session, text) {
  const [name, what] = firstWord(text);
  const [rank, place] = splitRank(name);
  if (rank) return toRank(session, rank, place, what);
  if (isRoom(name) || /^:|,/.test(name)) return words.commands.oneName;
  const room = session.talkTo(name);
  if (what && room) say(session, room, what);
}

/** @type {Run} */
export function toAddress(session, text) {
  const [address, what] = firstWord(text);
  if (!ADDRESS.test(address)) return words.commands.notAnAddress(address);
  const take = () => session.tell(words.commands.saidTo(address, what));
  return order(session, "PRIVMSG", [address, what], take);
}

/** @type {Run} */
export function notice(session, text) {
  const [target, what] = firstWord(text);
  const room = session.current;
  if (target.includes(",")) return words.commands.oneTarget;
  return order(session, "NOTICE", [target, what], ([answer]) => {
    if (answer?.command !== "NOTICE") session.tell(words.commands.noNotice(target), "error");
    else if (session.find(splitRank(target)[1]) !== room) {
      session.tell(words.commands.saidTo(target, what));
    }
  });
}

/** @type {Run} */
export function action(session, text) {
  if (!session.current) return words.commands.inNoRoom;
  say(session, session.current, text, "action");
}

/** @type {Run} */
export function rename(session, text) {
  if (/\s/.test(text)) return words.commands.noBlanks;
  return order(session, "NICK", [text]);
}

/** @type {Run} */
export function topic(session, text) {
  const room = session.current;
  if (!room || room.isPrivate) return words.commands.noTopics;
  if (text) return order(session, "TOPIC", [room.name, text]);
  session.tell(room.topic ? words.commands.topicIs(room.topic) : words.commands.noTopic);
}

/** @type {Run} */
export function away(session, text) {
  const take = (/** @type {Message[]} */ [answer]) => session.tell(answer?.params.at(-1) ?? "");
  session.me.wanted = text; // the tracker does not repeat it
  return order(session, "AWAY", text ? [text] : [], take);
}

/** @type {Run} */
export function invite(session, text) {
  const [nick, word] = firstWord(text);
  const { name, problem } = roomNamed(session, word);
  if (problem) return problem;
  return order(session, "INVITE", [nick, name], (messages) => {
    if (messages.some(({ command }) => command === INVITED)) session.tell(words.commands.isInvited(nick, name));
  });
}

/** @type {Run} */
export function clear({ current }) {
  if (!current) return;
  current.leavePast();
  current.present.cutOldest(0);
  current.present.problem = words.commands.cleared; // otherwise the window would fill again at once
}

/** @type {Run} */
export function quit({ orders }) {
  orders.isLeaving = true;
}

/**
 * Say something only to those in a room who have at least this rank.
 * @param {Session} session
 * @param {string} rank
 * @param {string} name
 * @param {string} what
 */
function toRank(session, rank, name, what) {
  const room = session.find(name);
  if (!room?.isJoined) return words.commands.notIn(name);
  if (what) say(session, room, what, "message", rank);
}
