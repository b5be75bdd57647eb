/**
 * The commands of room operators and IRC operators. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { Run } from "./ordering.js"
 */

import { casefold } from "../protocol/irc.js";
import { MUTE, pace, parseModes, SLOW, whom } from "../session/modes.js";
import { words } from "../words.js";
import { firstWord, order, person } from "./ordering.js";

const MAX_LISTED = 500;
const BANNED = "367";
const KEPT_OUT = "216";
const MODES = "324";

/** @type {Run} */
export function oper(session, text) {
  const [name, password] = firstWord(text);
  if (password) return order(session, "OPER", [name, password]);
  session.orders.operator = name;
}

/**
 * Become an IRC operator with the password that was asked for; '' if none was given.
 * @param {Session} session
 * @param {string} password
 */
export function becomeOperator(session, password) {
  const { operator } = session.orders;
  session.orders.operator = "";
  const problem = password && order(session, "OPER", [operator, password]);
  if (problem) session.tell(problem, "error");
}

/** @type {Run} */
export function kick(session, text) {
  const { room, name, rest, problem } = aim(session, text);
  return room ? order(session, "KICK", [room.name, name, ...rest]) : problem;
}

/** @type {Run} */
export function ban(session, text) {
  const { room, name, rest, problem } = aim(session, text);
  if (!room) return problem;
  if (!name) return list(session, room, false);
  const putOut = () => {
    if (room.members.has(casefold(name))) order(session, "KICK", [room.name, name, ...rest]);
  };
  return change(session, room, ["+b", name], words.moderation.bannedAlready(name), putOut);
}

/** @type {Run} */
export function unban(session, text) {
  const { room, name, problem } = aim(session, text);
  return room ? change(session, room, ["-b", name], words.moderation.notBanned(name)) : problem;
}

/** @type {Run} */
export function mute(session, text) {
  return muteOrNot(session, text, "+b", words.moderation.mutedAlready);
}

/** @type {Run} */
export function unmute(session, text) {
  return muteOrNot(session, text, "-b", words.moderation.notMuted);
}

/** @type {Run} */
export function slow(session, text) {
  const { room, name, problem } = aim(session, text);
  if (!room) return problem;
  if (!session.tracker.isupport.get("CHANMODES")?.split(",")[2]?.includes(SLOW)) return words.moderation.noSlowRooms;
  if (!name) return showPace(session, room);
  if (/^(off|0+)$/i.test(name)) return change(session, room, [`-${SLOW}`], words.moderation.notSlow);
  if (!/^[0-9]+$/.test(name)) return words.moderation.howSlow;
  return order(session, "MODE", [room.name, `+${SLOW}`, name]);
}

/** @type {Run} */
export function kill(session, text) {
  const { name, rest } = person(text);
  return order(session, "KILL", [name, rest[0] ?? words.moderation.noReason]);
}

/** @type {Run} */
export function kline(session, text) {
  const { name, rest } = person(text);
  return order(session, "KLINE", [...(name ? [name] : []), ...rest], (messages) => {
    if (name) return; // the tracker tells all IRC operators the outcome
    const found = messages.filter(({ command }) => command === KEPT_OUT).map(({ params }) => params[2] ?? "");
    const more = messages.at(-1)?.params.at(-1)?.match(/: .*/)?.[0] ?? ""; // says so if the list is incomplete
    session.tell(words.moderation.keptOut(found.slice(0, MAX_LISTED).join("; "), more));
  });
}

/** @type {Run} */
export function unkline(session, text) {
  return order(session, "UNKLINE", [person(text).name]);
}

/**
 * Return the room and the person that a command is about.
 * @param {Session} session
 * @param {string} text
 * @returns {{room: Room | null, name: string, rest: string[], problem: string}}
 */
function aim(session, text) {
  const { name, rest, problem } = person(text);
  const room = session.current;
  if (!room || room.isPrivate) return { room: null, name, rest, problem: words.commands.goToRoom };
  return { room: problem ? null : room, name, rest, problem };
}

/**
 * @param {Session} session
 * @param {string} text
 * @param {"+b" | "-b"} mode
 * @param {(name: string) => string} nothing what to show if that changes nothing
 */
function muteOrNot(session, text, mode, nothing) {
  const { room, name, problem } = aim(session, text);
  if (!room) return problem;
  if (!/^,.*m/.test(session.tracker.isupport.get("EXTBAN") ?? "")) return words.moderation.noMutes;
  if (!name) return list(session, room, true);
  const rank = room.members.get(casefold(name))?.prefix;
  const then = () => {
    if (rank && mode === "+b") session.tell(words.moderation.speaksAllTheSame(name, rank));
  };
  return change(session, room, [mode, name.startsWith(MUTE) ? name : MUTE + name], nothing(name), then);
}

/**
 * Show who is banned from a room, or muted in it.
 * @param {Session} session
 * @param {Room} room
 * @param {boolean} isOfMutes
 */
function list(session, room, isOfMutes) {
  const isOne = (/** @type {Message} */ { command, params }) =>
    command === BANNED && (params[2] ?? "").startsWith(MUTE) === isOfMutes;
  return order(session, "MODE", [room.name, "+b"], (messages) => {
    const found = messages.filter(isOne).slice(0, MAX_LISTED);
    const lines = found.map(({ params: [, , mask = "", setter = ""] }) => {
      const name = whom(mask);
      return setter ? words.moderation.by(name, setter.replace(/!.*/, "")) : name;
    });
    const told = isOfMutes ? words.moderation.muted : words.moderation.banned;
    session.tell(told(lines.join("; ")));
  });
}

/**
 * @param {Session} session
 * @param {Room} room
 */
function showPace(session, room) {
  return order(session, "MODE", [room.name], (messages) => {
    const modes = messages.find(({ command }) => command === MODES)?.params.slice(2) ?? [];
    const found = parseModes(session, modes).find(({ letter }) => letter === SLOW);
    session.tell(found ? words.moderation.slow(pace(found.param)) : words.moderation.notSlow);
  });
}

/**
 * Change a room's modes, show `nothing` if that changes nothing, and call `then` in either case.
 * @param {Session} session
 * @param {Room} room
 * @param {string[]} modes
 * @param {string} nothing
 */
function change(session, room, modes, nothing, then = () => {}) {
  return order(session, "MODE", [room.name, ...modes], (messages) => {
    if (messages[0]?.command === "ACK") session.tell(nothing);
    then();
  });
}
