/**
 * Switching rooms: the order of the list, the next unread room, and matching a few typed letters. Pure.
 *
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_SHOWN_DESTINATIONS } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { isPerson } from "../protocol/link.js";
import { roomMeant } from "../protocol/meant.js";
import { simple } from "./finding.js";

const byName = new Intl.Collator(undefined, { numeric: true });
const MAX_PEOPLE = 200; // of those whose names match, how many are examined further
const EXACT = 5;
const STARTS = 4;
const WORD_STARTS = 3;
const WITHIN = 2;
const SCATTERED = 1;

/**
 * A destination: `room` if it is open; otherwise a room to enter, or a person to write to.
 * @typedef {{kind: "room" | "person" | "join" | "write", name: string, room: Room | null, key: string}} Destination
 */

/**
 * Return the rooms and then the private conversations, each sorted by name, so that the list is stable.
 * @param {Session} session
 */
export function inOrder(session) {
  const rank = (/** @type {Room} */ { isPrivate }) => Number(isPrivate);
  return [...session.rooms.values()].sort(
    (one, other) => rank(one) - rank(other) || byName.compare(one.name, other.name) || (one.name < other.name ? -1 : 1),
  );
}

/**
 * Return the room next to the current one, or null.
 * @param {Session} session
 * @param {1 | -1} direction
 */
export function beside(session, direction) {
  const rooms = inOrder(session);
  const index = session.current ? rooms.indexOf(session.current) + direction : direction < 0 ? -1 : 0;
  return rooms.at(index % rooms.length) ?? null;
}

/**
 * Return the next room with something unread, or null: first one with a mention, then in the order of the list.
 * @param {Session} session
 */
export function nextUnread(session) {
  const rooms = inOrder(session);
  const at = session.current ? rooms.indexOf(session.current) : -1;
  const following = [...rooms.slice(at + 1), ...rooms.slice(0, Math.max(at, 0))].filter(({ unread }) => unread > 0);
  return following.find(({ isMentioned }) => isMentioned) ?? following[0] ?? null;
}

/**
 * Return the destinations that match a few letters, best first. Without letters: unread rooms first, then the most
 * recently used.
 * @param {Session} session
 * @param {string} typed
 * @param {string} page the page's own address
 * @returns {Destination[]}
 */
export function destinations(session, typed, page) {
  const sought = simple(typed.replace(/^[#@]/, ""));
  const rooms = inOrder(session).filter((room) => room !== session.current || sought);
  const found = sought ? [...fittingRooms(rooms, sought), ...fittingPeople(session, sought)] : byUse(rooms);
  const ranked = found.sort((one, other) => other.fit - one.fit).map(({ to }) => to);
  return [...ranked.slice(0, MAX_SHOWN_DESTINATIONS), ...newOnes(session, typed, page)];
}

/**
 * @param {Room[]} rooms
 * @returns {{fit: number, to: Destination}[]}
 */
function byUse(rooms) {
  const weight = (/** @type {Room} */ { isMentioned, unread, visited }) =>
    (isMentioned ? 2e9 : 0) + (unread ? 1e9 : 0) + visited;
  return rooms.map((room) => ({ fit: weight(room), to: asDestination(room) }));
}

/**
 * @param {Room[]} rooms
 * @param {string} sought
 */
function fittingRooms(rooms, sought) {
  const fits = rooms.map((room) => ({
    fit: fitOf(room.name.replace(/^#/, ""), sought) + 0.5,
    to: asDestination(room),
  }));
  return fits.filter(({ fit }) => fit >= SCATTERED);
}

/**
 * Return the people in our rooms whose names match, without those we have a conversation with.
 * @param {Session} session
 * @param {string} sought
 */
function fittingPeople(session, sought) {
  /** @type {Map<string, {fit: number, to: Destination}>} */
  const found = new Map();
  for (const room of session.rooms.values()) {
    for (const [folded, { nick }] of room.members) {
      if (found.has(folded) || session.rooms.has(folded) || !simple(nick).includes(sought)) continue;
      found.set(folded, { fit: fitOf(nick, sought), to: { kind: "write", name: nick, room: null, key: "" } });
      if (found.size >= MAX_PEOPLE) return [...found.values()];
    }
  }
  return [...found.values()];
}

/**
 * Return what else the words may name: a room that we are not in, or a person.
 * @param {Session} session
 * @param {string} typed
 * @param {string} page
 * @returns {Destination[]}
 */
function newOnes(session, typed, page) {
  const said = typed.trim();
  if (!said) return [];
  const { room, key, choices } = said.startsWith("@") ? { room: "", key: "", choices: [] } : roomMeant(said, page);
  const names = (room ? [room] : choices).filter((name) => !session.find(name));
  const nick = said.replace(/^@/, "");
  const isKnown = session.find(nick) || [...session.rooms.values()].some(({ members }) => members.has(casefold(nick)));
  const person = isPerson(nick) && !isKnown ? [nick] : [];
  return [
    ...names.map((name) => ({ kind: /** @type {const} */ ("join"), name, room: null, key })),
    ...person.map((name) => ({ kind: /** @type {const} */ ("write"), name, room: null, key: "" })),
  ];
}

/**
 * @param {Room} room
 * @returns {Destination}
 */
function asDestination(room) {
  return { kind: room.isPrivate ? "person" : "room", name: room.name, room, key: "" };
}

/**
 * Return how well a name matches, 0 for not at all.
 * @param {string} name
 * @param {string} sought
 */
function fitOf(name, sought) {
  const known = simple(name);
  const at = known.indexOf(sought);
  if (known === sought) return EXACT;
  if (at === 0) return STARTS;
  if (at > 0) return /[\p{L}\p{N}]/u.test(known[at - 1] ?? "") ? WITHIN : WORD_STARTS;
  let place = -1;
  for (const letter of sought) {
    place = known.indexOf(letter, place + 1);
    if (place < 0) return 0;
  }
  return SCATTERED;
}
