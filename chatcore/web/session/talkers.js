/**
 * Completing names: recent speakers come first. Pure.
 *
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { casefold } from "../protocol/irc.js";

const LOOKED_AT = 300; // entries, to stay fast in a busy room
const MOST_OTHERS = 2000; // silent members
const ADDRESSED = /^@?([^\s:,]+)[:,]?\s/;

/**
 * Return a room's names for completion: recent speakers and people who were addressed, then the other members,
 * ourselves, and finally speakers who have left.
 * @param {Session} session
 * @param {Room} room
 */
export function names(session, room) {
  const talkers = room.isPrivate ? [room.name] : lastToSpeak(room);
  const isHere = (/** @type {string} */ nick) => room.isPrivate || room.members.has(casefold(nick));
  const here = talkers.filter(isHere).map((nick) => room.members.get(casefold(nick))?.nick ?? nick);
  const others = [];
  for (const { nick } of room.members.values()) if (others.push(nick) >= MOST_OTHERS) break;
  const isMe = (/** @type {string} */ nick) => session.isMe(nick);
  const present = unique([...here, ...others]);
  return unique([...present.filter((nick) => !isMe(nick)), ...present, ...talkers]);
}

/**
 * Return the people with whom we have private conversations, most recent first.
 * @param {Session} session
 */
export function partners({ rooms }) {
  const talks = [...rooms.values()].filter((room) => room.isPrivate);
  const saidAt = (/** @type {Room} */ room) => room.present.entries.at(-1)?.time ?? 0;
  return talks.sort((one, other) => saidAt(other) - saidAt(one)).map(({ name }) => name);
}

/**
 * Return names without duplicates, ignoring case.
 * @param {string[]} all
 */
export function unique(all) {
  const found = new Map();
  for (const name of all) if (!found.has(casefold(name))) found.set(casefold(name), name);
  return [.../** @type {Map<string, string>} */ (found).values()];
}

/** @param {Room} room */
function lastToSpeak({ present, members }) {
  const said = present.entries.slice(-LOOKED_AT).reverse();
  return unique(
    said.flatMap(({ kind, nick, text, isMine }) => {
      if (kind !== "message" && kind !== "action") return [];
      if (!isMine) return [nick];
      const addressed = members.get(casefold(ADDRESSED.exec(text)?.[1] ?? ""));
      return addressed ? [addressed.nick] : [];
    }),
  );
}
