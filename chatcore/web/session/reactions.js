/**
 * Reactions to messages (https://ircv3.net/specs/client-tags/react). Pure.
 *
 * A reaction may be any text. Our own is shown at once, and removed if the tracker refuses it.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Handler } from "./received.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_ID, MAX_REACTION, MAX_REACTIONS, MAX_REACTIONS_OF_ONE } from "../protocol/bounds.js";
import { TAGS } from "../protocol/capabilities.js";
import { byteLength, casefold } from "../protocol/irc.js";
import { isRoom, splitRank } from "../protocol/names.js";
import { words } from "../words.js";
import { answeredId, replyTags } from "./quotes.js";

const REACT = "+draft/react";
const UNREACT = "+draft/unreact";

/** The key for our own reactions, whatever our nick. */
const MYSELF = "";

/**
 * One reaction to a message, and who sent it: nicks and msgids, by account or casefolded nick.
 * @typedef {{value: string, by: Map<string, {nick: string, id: string}>}} Reaction
 */

/**
 * Somebody's reaction to the message `to`, or its withdrawal.
 * @typedef {{to: string, value: string, isTakenBack: boolean, key: string, nick: string, id: string}} Reacting
 */

/**
 * Return the reaction in a TAGMSG; null for none.
 * @param {Session} session
 * @param {Message} message
 * @returns {Reacting | null}
 */
export function reactionIn(session, { command, nick, tags }) {
  const isTakenBack = UNREACT in tags;
  const value = tags[isTakenBack ? UNREACT : REACT] ?? "";
  const to = answeredId(tags);
  if (command !== "TAGMSG" || !to || isTakenBack === REACT in tags || !isReaction(value)) return null;
  const { account = "", msgid = "" } = tags;
  const isMine = session.isMe(nick) || (session.account !== "" && account === session.account);
  const key = isMine ? MYSELF : account ? `account ${account}` : casefold(nick);
  return { to, value, isTakenBack, key, nick, id: msgid.length > MAX_ID ? "" : msgid };
}

/**
 * Return whether a text can be a reaction: short enough, and with something visible in it.
 * @param {string} value
 */
export function isReaction(value) {
  return value.length <= MAX_REACTION && byteLength(value) <= MAX_REACTION && /[^\p{C}\p{Z}\p{M}]/u.test(value);
}

/** @type {Handler} */
export function reacted(session, message) {
  const [target = ""] = message.params;
  const [, name] = splitRank(target);
  const room = session.find(isRoom(name) || session.isMe(message.nick) ? name : message.nick);
  const reaction = reactionIn(session, message);
  if (room && reaction) react(room, reaction);
}

/**
 * Add a reaction to its message, or remove it, if the message is known.
 * @param {Room} room
 * @param {Reacting} reaction
 */
export function react(room, reaction) {
  for (const entry of room.withId(reaction.to)) {
    const isChanged = reaction.isTakenBack ? remove(entry, reaction) : add(entry, reaction);
    if (isChanged) room.touch(entry);
  }
}

/**
 * Replace a message's reactions with those from history.
 * @param {Room} room
 * @param {Entry} entry
 * @param {Reacting[]} reactions
 */
export function setReactions(room, entry, reactions) {
  const before = summary(entry);
  entry.reactions = undefined;
  for (const reaction of reactions) add(entry, reaction);
  if (summary(entry) !== before) room.touch(entry);
}

/**
 * Remove a reaction by its own msgid. Returns whether it existed.
 * @param {Room} room
 * @param {string} id
 */
export function dropReaction(room, id) {
  for (const entry of entriesOf(room)) {
    for (const { value, by } of entry.reactions ?? []) {
      for (const [key, { nick, id: known }] of by) {
        if (known !== id) continue;
        remove(entry, { to: entry.id, value, isTakenBack: true, key, nick, id });
        room.touch(entry);
        return true;
      }
    }
  }
  return false;
}

/**
 * Return whether one of these reactions is ours.
 * @param {Reaction} reaction
 */
export function isMine({ by }) {
  return by.has(MYSELF);
}

/**
 * React to a message, or withdraw the same reaction.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 * @param {string} value
 * @returns {string} what is wrong, if anything
 */
export function toggle(session, room, entry, value) {
  const known = entry.reactions?.find((reaction) => reaction.value === value);
  return sendReaction(session, room, entry, value, known !== undefined && isMine(known));
}

/**
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 * @param {string} value
 * @param {boolean} isTakenBack
 * @returns {string} what is wrong, if anything
 */
export function sendReaction(session, room, entry, value, isTakenBack) {
  if (!session.tracker.can(TAGS)) return words.answering.noTags;
  if (!session.isOnline) return words.common.notConnected;
  if (!isReaction(value)) return words.answering.noReaction;
  const mine = { to: entry.id, value, isTakenBack, key: MYSELF, nick: session.nick, id: "" };
  const isChanged = isTakenBack ? remove(entry, mine) : add(entry, mine);
  if (!isChanged && !isTakenBack && countOf(entry, MYSELF) >= MAX_REACTIONS_OF_ONE) return words.answering.tooMany;
  room.touch(entry);
  const tags = { [isTakenBack ? UNREACT : REACT]: value, ...replyTags(entry.id) };
  const target = (entry.rank ?? "") + room.name;
  session.order(
    { tags, command: "TAGMSG", params: [target] },
    {
      take() {},
      fail(text) {
        if (isChanged) (isTakenBack ? add : remove)(entry, mine);
        entry.problem = text;
        room.touch(entry);
      },
    },
  );
  return "";
}

/**
 * Rename somebody in their reactions.
 * @type {Handler}
 */
export function reactorRenamed(session, { nick: before, params: [nick = ""] }) {
  const folded = casefold(before);
  for (const room of session.rooms.values()) {
    for (const entry of entriesOf(room)) {
      for (const { by } of entry.reactions ?? []) {
        const given = by.get(folded);
        if (!given) continue;
        by.delete(folded);
        by.set(casefold(nick), { ...given, nick });
        room.touch(entry);
      }
    }
  }
}

/** @param {Room} room */
function entriesOf({ past, present }) {
  return past ? [...past.entries, ...present.entries] : present.entries;
}

/**
 * @param {Entry} entry
 * @param {Reacting} reaction
 * @returns {boolean} whether that changed anything
 */
function add(entry, { value, key, nick, id }) {
  const all = entry.reactions ?? [];
  const same = all.find((reaction) => reaction.value === value);
  const given = same?.by.get(key);
  if (given) {
    given.id ||= id; // our own, echoed
    return false;
  }
  const count = all.reduce((sum, { by }) => sum + by.size, 0);
  if (count >= MAX_REACTIONS || countOf(entry, key) >= MAX_REACTIONS_OF_ONE) return false;
  if (same) same.by.set(key, { nick, id });
  else entry.reactions = [...all, { value, by: new Map([[key, { nick, id }]]) }];
  return true;
}

/**
 * @param {Entry} entry
 * @param {Reacting} reaction
 * @returns {boolean} whether that changed anything
 */
function remove(entry, { value, key }) {
  const same = entry.reactions?.find((reaction) => reaction.value === value);
  if (!same?.by.delete(key)) return false;
  if (!same.by.size) entry.reactions = entry.reactions?.filter((reaction) => reaction !== same);
  return true;
}

/**
 * @param {Entry} entry
 * @param {string} key
 */
function countOf({ reactions = [] }, key) {
  return reactions.filter(({ by }) => by.has(key)).length;
}

/** @param {Entry} entry */
function summary({ reactions = [] }) {
  return JSON.stringify(reactions.map(({ value, by }) => [value, ...by.keys()]));
}
