/**
 * The commands that ask who and what there is: handlers of the table in `table.js`. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Session } from "../session/session.js"
 * @import { Run } from "./ordering.js"
 */

import { casefold } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";
import { words } from "../words.js";
import { firstWord, order, roomNamed } from "./ordering.js";

const MOST_LINES = 200;
const MOST_NAMES_IN_A_LINE = 50;
const MOST_ASKED_SINGLY = 50; // a room with more people is shown without ports, to spare the tracker the questions
const RANKS = "~&@%+";
const [IS_AWAY, USER, IDLE, ROOMS, LISTED, MODES, WHO, HOST] = ["301", "311", "317", "319", "322", "324", "352", "378"];
const LISTS = new Set(["346", "348", "367"]); // entries of a room's lists

/**
 * What is known about a person; '' where nothing is.
 * @typedef {{nick: string, prefix: string, host: string, address: string, rooms: string, idle: number, away: string}} Person
 */

/** @type {Run} */
export function who(session, text) {
  const [word] = firstWord(text);
  if (word && !isRoom(word) && isKnown(session, word)) return whois(session, word);
  const { name, problem } = roomNamed(session, word);
  if (problem) return problem;
  const tell = teller(session);
  return order(session, "WHO", [name], (messages) => {
    const people = messages.filter(({ command, params }) => command === WHO && params.length > 7).map(personOf);
    people.sort((one, other) => (casefold(one.nick) < casefold(other.nick) ? -1 : 1));
    if (people.length && people.length <= MOST_ASKED_SINGLY)
      askSingly(session, people, () => tellAll(tell, name, people));
    else tellAll(tell, name, people);
  });
}

/**
 * Show who is in one of our rooms, without asking the tracker. Those with a rank come first.
 * @type {Run}
 */
export function names(session, text) {
  const { name, problem } = roomNamed(session, firstWord(text)[0]);
  const room = session.find(name);
  if (problem || !room?.isJoined) return problem || words.commands.notInSoWho(name);
  const rankOf = (/** @type {string} */ prefix) => (prefix ? RANKS.indexOf(prefix) : RANKS.length);
  const members = [...room.members.values()].sort((one, other) => rankOf(one.prefix) - rankOf(other.prefix));
  const shown = members.slice(0, MOST_LINES * MOST_NAMES_IN_A_LINE).map(({ nick, prefix }) => prefix + nick);
  session.tell(words.commands.inRoom(room.name, members.length));
  for (let start = 0; start < shown.length; start += MOST_NAMES_IN_A_LINE) {
    session.tell(shown.slice(start, start + MOST_NAMES_IN_A_LINE).join(" "));
  }
}

/** @type {Run} */
export function rooms(session, text) {
  const [part] = firstWord(text);
  return order(session, "LIST", part ? [`*${part}*`] : [], (messages) => {
    const found = messages.filter(({ command }) => command === LISTED);
    const tell = teller(session);
    if (!found.length) tell([words.commands.noRooms]);
    else
      tell(found.map(({ params: [, name = "", count = "", about = ""] }) => words.commands.room(name, count, about)));
  });
}

/** @type {Run} */
export function mode(session, text) {
  const room = session.current;
  if (!room || room.isPrivate) return words.commands.goToRoom;
  const tell = teller(session);
  return order(session, "MODE", [room.name, ...text.split(/\s+/).filter((word) => word)], (messages) => {
    const lines = messages.filter(({ command }) => LISTS.has(command)).map(({ params }) => params[2] ?? "");
    const modes = messages.find(({ command }) => command === MODES)?.params.slice(2);
    const isChange = messages.some(({ command }) => command === "MODE");
    if (modes) tell([words.commands.modesAre(room.name, modes.join(" "))]);
    else if (lines.length) tell(lines);
    else if (!isChange) tell([messages[0]?.command === "ACK" ? words.commands.noChange : words.commands.emptyList]);
  });
}

/** @type {Run} */
export function ping(session, text, now) {
  if (text) return words.commands.pingsNobody;
  return order(session, "PING", [session.nick], (_, at) =>
    session.tell(words.commands.roundTrip(Math.max(1, Math.round(at - now)))),
  );
}

/**
 * Return whether a person of this name is in one of our rooms, or in a conversation with us.
 * @param {Session} session
 * @param {string} nick
 */
function isKnown(session, nick) {
  if (session.find(nick)?.isPrivate) return true;
  for (const room of session.rooms.values()) if (room.members.has(casefold(nick))) return true;
  return false;
}

/**
 * @param {Session} session
 * @param {string} nick
 */
function whois(session, nick) {
  const tell = teller(session);
  return order(session, "WHOIS", [nick], (messages) => {
    const person = { nick, prefix: "", host: "", address: "", rooms: "", idle: -1, away: "" };
    learn(person, messages);
    tell([words.commands.person(person)]);
  });
}

/**
 * Ask about each of these people, and call `then` once all the answers are in.
 * @param {Session} session
 * @param {Person[]} people
 * @param {() => void} then
 */
function askSingly(session, people, then) {
  let left = people.length;
  const room = session.asked;
  const end = () => --left || then();
  for (const person of people) {
    const take = (/** @type {Message[]} */ messages) => {
      learn(person, messages);
      end();
    };
    session.order({ command: "WHOIS", params: [person.nick] }, { take, fail: end, room });
  }
}

/**
 * @param {(lines: string[]) => void} tell
 * @param {string} room
 * @param {Person[]} people
 */
function tellAll(tell, room, people) {
  if (!people.length) return tell([words.commands.nobodyIn(room)]);
  const lines = people.map(({ nick, prefix, host, address, away }) =>
    words.commands.person({ nick, prefix, host, address, rooms: "", idle: -1, away }),
  );
  tell([words.commands.inRoom(room, people.length), ...lines]);
}

/**
 * @param {Message} message
 * @returns {Person}
 */
function personOf({ params: [, , user = "", host = "", , nick = "", flags = ""] }) {
  const prefix = [...flags].find((character) => RANKS.includes(character)) ?? "";
  const away = flags.startsWith("G") ? words.commands.yes : "";
  return { nick, prefix, host: `${user}@${host}`, address: "", rooms: "", idle: -1, away };
}

/**
 * Add what the tracker says about a person.
 * @param {Person} person
 * @param {Message[]} messages
 */
function learn(person, messages) {
  for (const { command, params } of messages) {
    const last = params.at(-1) ?? "";
    if (command === USER) Object.assign(person, { nick: params[1], host: `${params[2]}@${params[3]}` });
    if (command === HOST) person.address = last.split(" ").at(-1) ?? "";
    if (command === IDLE) person.idle = Number(params[2]) || 0;
    if (command === ROOMS) person.rooms = `${person.rooms} ${last.trim()}`.trim();
    if (command === IS_AWAY) person.away = last;
  }
}

/**
 * Return a function that shows lines where something was asked, and says how many it has left out.
 * @param {Session} session
 * @returns {(lines: string[]) => void}
 */
function teller(session) {
  return (lines) => {
    for (const line of lines.slice(0, MOST_LINES)) session.tell(line);
    if (lines.length > MOST_LINES) session.tell(words.commands.more(lines.length - MOST_LINES));
  };
}
