/**
 * Joins, parts, renames and lists of names: handlers for received.js. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Handler } from "./received.js"
 * @import { Session } from "./session.js"
 */

import { casefold, withoutFormatting } from "../protocol/irc.js";
import { isName, isRoom, LOBBY } from "../protocol/names.js";
import { words } from "../words.js";
import { arrive } from "./arriving.js";
import { dropInvitation } from "./finding.js";
import { asEvent } from "./folding.js";
import { arriveAt } from "./following.js";
import { putOut } from "./obstacle.js";
import { askWho, forgetGone, forgetMembers, named } from "./presence.js";
import { settled } from "./refusal.js";
import { Members } from "./roster.js";
import { unwatch, watch } from "./watching.js";

const PREFIX_CHARACTERS = /^[~&@%+]*/;

/** @type {Handler} */
export function joined(session, message) {
  const { nick } = message;
  const [name = ""] = message.params;
  if (session.isMe(nick)) {
    weJoined(session, message, name);
    return;
  }
  const room = session.find(name);
  if (!room) return;
  if (message.params.length > 1) session.people.learn(nick, { account: named(message.params[1]) }); // extended-join
  if (session.hasPlace) room.members.set(casefold(nick), { nick, prefix: "" });
  else room.hasMoreMembers = true;
  event(session, room, message, words.events.joined(nick), nick);
}

/**
 * @param {Session} session
 * @param {Message} message
 * @param {string} name
 */
function weJoined(session, { source }, name) {
  const room = session.ensure(name);
  if (!room) return;
  session.source = source;
  dropInvitation(session, name);
  settled(session, name);
  const isFirst = !room.present.entries.length;
  Object.assign(room, {
    name,
    isJoined: true,
    topic: "",
    members: new Members(),
    hasMoreMembers: false,
    isWhoKnown: false,
    isModerated: false,
    topicLock: "", // it may have changed meanwhile
    obstacle: null,
  });
  room.key = session.wanted.keyOf(name) || room.key;
  if (session.wanted.settle(name)) session.open(room);
  if (isFirst && casefold(room.name) === LOBBY) {
    for (const line of session.tracker.motd) session.add(room, { kind: "info", nick: "", text: line, id: "", time: 1 });
  }
  if (session.toldNowhere) session.tell(session.toldNowhere, "notice", room); // before there was a room
  session.toldNowhere = "";
  arrive(session, room);
  arriveAt(session, room);
}

/**
 * Remove somebody, perhaps us, from a room.
 * @param {Session} session
 * @param {Room} room
 * @param {Message} message
 * @param {string} nick
 * @param {string} text what is shown
 */
function remove(session, room, message, nick, text) {
  room.typing.delete(casefold(nick));
  room.members.delete(casefold(nick));
  event(session, room, message, text, nick);
  if (!session.isMe(nick)) {
    forgetGone(session, nick);
    return;
  }
  room.isJoined = false;
  forgetMembers(session, room);
}

/** @type {Handler} */
export function parted(session, message) {
  const { nick } = message;
  const [name = "", why] = message.params;
  const room = session.find(name);
  if (!room) return;
  if (session.isMe(nick)) session.forget(room);
  else remove(session, room, message, nick, words.events.left(nick, why));
}

/** @type {Handler} */
export function kicked(session, message) {
  const { nick } = message;
  const [name = "", target = "", why] = message.params;
  const room = session.find(name);
  if (!room) return;
  const isMine = session.isMe(target);
  const reason = why === nick || !why ? "" : withoutFormatting(why);
  remove(session, room, message, target, words.events.kicked(isMine, target, nick, reason));
  if (isMine) putOut(room, nick, reason);
}

/** @type {Handler} */
export function quit(session, message) {
  const { nick } = message;
  const why = message.params[0] === "Quit" ? "" : message.params[0]?.replace(/^Quit: /, "");
  for (const room of session.rooms.values()) {
    const isHere = room.members.delete(casefold(nick)) || (room.isPrivate && casefold(room.name) === casefold(nick));
    room.typing.delete(casefold(nick));
    if (isHere) event(session, room, message, words.events.leftChat(nick, why), nick);
  }
  session.people.forget(nick);
}

/** @type {Handler} */
export function renamed(session, message) {
  const { nick } = message;
  const [name = ""] = message.params;
  if (!isName(name) || isRoom(name)) return;
  const isMine = session.isMe(nick);
  if (isMine) session.nick = name;
  if (isMine) session.source = session.source.replace(/^[^!]*/, () => name);
  else session.ignored.rename(nick, name);
  session.people.rename(nick, name);
  for (const [folded, room] of [...session.rooms]) {
    const member = room.members.get(casefold(nick));
    const isPartner = room.isPrivate && folded === casefold(nick);
    room.typing.delete(casefold(nick));
    if (member) {
      room.members.delete(casefold(nick));
      room.members.set(casefold(name), { ...member, nick: name });
    }
    if (isPartner && (folded === casefold(name) || !session.find(name))) {
      session.rooms.delete(folded);
      session.rooms.set(casefold(name), Object.assign(room, { name }));
      if (folded !== casefold(name)) unwatch(session, nick);
      watch(session, name);
    }
    if (!member && !isPartner) continue;
    event(session, room, message, words.events.renamed(isMine, nick, name), nick);
  }
}

/**
 * Rename a room that stays the same (https://ircv3.net/specs/extensions/channel-rename).
 * @type {Handler}
 */
export function roomRenamed(session, message) {
  const [had = "", name = "", why] = message.params;
  const room = session.find(had);
  if (!room || !isRoom(name)) return;
  session.rooms.delete(casefold(had));
  session.rooms.set(casefold(name), Object.assign(room, { name }));
  session.levels.rename(had, name);
  event(session, room, message, words.events.roomRenamed(message.nick, had, name, why));
}

/** @type {Handler} */
export function names(session, { params }) {
  const [, , name = "", list = ""] = params;
  const room = session.find(name);
  if (!room) return;
  room.arriving ??= new Members();
  if (!session.hasPlace) {
    room.hasMoreMembers = true;
    return;
  }
  for (const word of list.split(" ")) {
    const nick = word.replace(PREFIX_CHARACTERS, "");
    const prefix = word.slice(0, word.length - nick.length).slice(0, 1);
    if (nick) room.arriving.set(casefold(nick), { nick, prefix });
  }
}

/** @type {Handler} */
export function endOfNames(session, { params }) {
  const room = session.find(params[1] ?? "");
  if (!room?.arriving) return;
  room.members = room.arriving;
  room.arriving = null;
  if (room === session.current) askWho(session, room);
}

/**
 * Show what happened in a room.
 * @param {Session} session
 * @param {Room} room
 * @param {Message} message
 * @param {string} text
 * @param {string} nick who joined or left; hidden if ignored; '' for other events
 */
export function event(session, room, message, text, nick = "") {
  if (nick && session.ignored.has(nick)) return;
  session.add(room, asEvent(session, message, text));
}
