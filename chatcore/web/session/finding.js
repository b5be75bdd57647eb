/**
 * Finding a room: the list of rooms (LIST), narrowed down while typing, and what to do with a name that is not in it.
 * It is shown in place of a room. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { LONG_LIST, MAX_LISTED, MAX_SHOWN_ROOMS, makePlace } from "../protocol/bounds.js";
import { casefold, withoutFormatting } from "../protocol/irc.js";
import { roomMeant } from "../protocol/meant.js";
import { nearestName } from "../protocol/room_names.js";
import { words } from "../words.js";
import { invitedAfterAll } from "./refusal.js";

const LISTED = "322";

/**
 * A room as the tracker lists it; `sought` is its name and topic in the form used for searching.
 * @typedef {{name: string, topic: string, members: number, sought: string}} Listed
 */

/**
 * A room that can be opened. `inviter` has invited us, `isHere` says that we are in it.
 * @typedef {Listed & {isHere: boolean, inviter: string}} Found
 */

/**
 * What matches the typed words: `shown` rooms out of `count`; `fresh` are possible names for a new room, with the
 * `key` of a link; `problem` says why the typed text is not a valid name.
 * @typedef {{shown: Found[], count: number, fresh: string[], key: string, problem: string}} Fitting
 */

/** A user's search for a room. */
export class Finding {
  isOpen = false;
  typed = "";
  isAsking = false;
  problem = ""; // why there is no list
  isPartial = false; // the tracker has more
  /** @type {Map<string, Listed>} */
  listed = new Map(); // by casefolded name
  /** @type {Map<string, {name: string, inviter: string}>} */
  invitations = new Map(); // not yet accepted, by casefolded name
  /** @type {Room | null} */
  before = null; // the room that was open before
}

/**
 * Look for a room.
 * @param {Session} session
 * @param {string} typed
 */
export function openFinder(session, typed = "") {
  const { finding } = session;
  finding.before = session.current ?? finding.before;
  session.current?.leavePast();
  session.current = null;
  Object.assign(finding, { isOpen: true, typed });
  askForRooms(session);
}

/**
 * Return to the room that was open before. If there is none, the finder stays open.
 * @param {Session} session
 */
export function closeFinder(session) {
  const room = placeBefore(session);
  if (room) session.open(room);
}

/**
 * Return the room that closing leads to, or null for none.
 * @param {Session} session
 */
export function placeBefore({ finding, rooms }) {
  const all = [...rooms.values()];
  return all.find((room) => room === finding.before) ?? all[0] ?? null;
}

/**
 * Ask for the list of rooms, or of those with `part` in their name.
 * @param {Session} session
 * @param {string} part
 */
export function askForRooms(session, part = "") {
  const { finding } = session;
  if (finding.isAsking) return;
  Object.assign(finding, { isAsking: true, problem: "" });
  const fail = (/** @type {string} */ problem) => Object.assign(finding, { isAsking: false, problem });
  const take = (/** @type {Message[]} */ messages) => {
    finding.isAsking = false;
    takeRooms(finding, messages, part !== "");
  };
  session.order({ command: "LIST", params: part ? [`*${part}*`] : [] }, { take, fail });
}

/**
 * Show only the rooms that match what was typed.
 * @param {Session} session
 * @param {string} typed
 */
export function narrow({ finding }, typed) {
  finding.typed = typed;
}

/**
 * Ask the tracker for matching rooms, if it has more than it has sent.
 * @param {Session} session
 */
export function askForMore(session) {
  const { isPartial, typed } = session.finding;
  const part = nearestName(typed).slice(1);
  if (isPartial && part && session.isOnline) askForRooms(session, part);
}

/**
 * Take note that the connection is lost: pending questions stay unanswered.
 * @param {Session} session
 */
export function findingLost({ finding }) {
  if (finding.isAsking) Object.assign(finding, { isAsking: false, problem: words.common.lost });
}

/**
 * Note that somebody has invited us to a room.
 * @param {Session} session
 * @param {string} name
 * @param {string} inviter
 */
export function noteInvitation(session, name, inviter) {
  const { invitations } = session.finding;
  makePlace(invitations, MAX_SHOWN_ROOMS);
  invitations.set(casefold(name), { name, inviter });
  invitedAfterAll(session, name, inviter);
}

/**
 * Drop the invitation to a room that we have entered.
 * @param {Session} session
 * @param {string} name
 */
export function dropInvitation({ finding, rooms }, name) {
  finding.invitations.delete(casefold(name));
  for (const room of rooms.values()) {
    for (const entry of [...room.present.entries, ...(room.past?.entries ?? [])]) {
      if (!entry.invitation || casefold(entry.invitation) !== casefold(name)) continue;
      entry.invitation = "";
      room.touch(entry);
    }
  }
}

/**
 * Return what matches the typed words: first the rooms we are invited to, then the largest.
 * @param {Session} session
 * @param {string} page the page's own address
 * @returns {Fitting}
 */
export function fitting(session, page) {
  const { typed } = session.finding;
  const all = everyRoom(session);
  const meant = typed.trim() ? roomMeant(typed, page) : null;
  const part = simple(meant?.room.slice(1) || typed);
  const found = part ? all.filter(({ sought }) => sought.includes(part)) : all;
  const names = meant?.room ? [meant.room] : (meant?.choices ?? []);
  const fresh = names.filter((name) => !all.some((other) => casefold(other.name) === casefold(name)));
  const isExact = (/** @type {Found} */ { name }) => names.some((other) => casefold(other) === casefold(name));
  found.sort((one, other) => Number(isExact(other)) - Number(isExact(one)) || byWeight(one, other));
  const { key = "", problem = "" } = meant ?? {};
  return { shown: found.slice(0, MAX_SHOWN_ROOMS), count: found.length, fresh, key, problem };
}

/**
 * Take a list of rooms: a whole one, or with `isMore` one that adds to what is known.
 * @param {Finding} finding
 * @param {Message[]} messages
 * @param {boolean} isMore
 */
function takeRooms(finding, messages, isMore) {
  const rows = messages.filter(({ command }) => command === LISTED).slice(0, MAX_LISTED);
  if (!isMore) {
    finding.listed.clear();
    finding.isPartial = rows.length >= LONG_LIST;
  }
  for (const { params } of rows) {
    const [, name = "", count = "", topic = ""] = params;
    makePlace(finding.listed, MAX_LISTED);
    finding.listed.set(casefold(name), asListed(name, withoutFormatting(topic), Number(count) || 0));
  }
}

/**
 * @param {string} name
 * @param {string} topic
 * @param {number} members
 * @returns {Listed}
 */
function asListed(name, topic, members) {
  return { name, topic, members, sought: simple(`${name} ${topic}`) };
}

/**
 * Return all known rooms: listed ones, ours, and those we are invited to, which may not be listed.
 * @param {Session} session
 * @returns {Found[]}
 */
function everyRoom({ finding, rooms }) {
  const { invitations } = finding;
  const ours = [...rooms.values()].filter((room) => room.isJoined && !room.isPrivate);
  const known = new Map(finding.listed);
  for (const { name } of invitations.values()) {
    if (!known.has(casefold(name))) known.set(casefold(name), asListed(name, "", 0));
  }
  for (const { name, topic, members } of ours) known.set(casefold(name), asListed(name, topic, members.size));
  return [...known].map(([folded, listed]) => ({
    ...listed,
    isHere: rooms.get(folded)?.isJoined === true,
    inviter: invitations.get(folded)?.inviter ?? "",
  }));
}

/**
 * @param {Found} one
 * @param {Found} other
 */
function byWeight(one, other) {
  const isInvited = Number(other.inviter !== "") - Number(one.inviter !== "");
  return isInvited || other.members - one.members || one.name.localeCompare(other.name);
}

/**
 * Return a text in the form used for searching: without case and accents.
 * @param {string} text
 */
export function simple(text) {
  return text
    .trim()
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");
}
