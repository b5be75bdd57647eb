/**
 * What operators of rooms and IRC operators do by commands, and what they are answered. Pure.
 *
 * @import { Handler } from "./received.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 * @import { Command } from "../commands/slash.js"
 */

import { casefold } from "../protocol/irc.js";
import { isRoom } from "../protocol/names.js";
import { MUTE, pace, parseModes, SLOW, whom } from "./modes.js";

const NO_REASON = "no reason given"; // KILL needs one
const NOT_CONNECTED = "You are not connected";
const MAX_LISTED = 500;

/** @type {Command["run"]} */
export function oper(session, text) {
  const [, name = "", password = ""] = /^(\S*)\s*(.*)$/.exec(text) ?? [];
  if (!name) return "As whom? /oper NAME";
  if (password) return send(session, "OPER", name, password);
  session.orders.operator = name;
}

/**
 * Take the password that was asked for; '' if it was not given.
 * @param {Session} session
 * @param {string} password
 */
export function becomeOperator(session, password) {
  const { operator } = session.orders;
  session.orders.operator = "";
  const problem = password && send(session, "OPER", operator, password);
  if (problem) session.tell(problem, "error");
}

/** @type {Command["run"]} */
export function kick(session, text) {
  const { room, name, rest, problem } = aim(session, text);
  if (!room || !name) return problem || "Whom? /kick NAME [REASON]";
  return send(session, "KICK", room.name, name, ...rest);
}

/** @type {Command["run"]} */
export function ban(session, text) {
  const { room, name, rest, problem } = aim(session, text);
  if (!room) return problem;
  if (!name) return list(session, room, "ban");
  const putOut = () => {
    if (room.members.has(casefold(name))) send(session, "KICK", room.name, name, ...rest);
  };
  return change(session, room, ["+b", name], `${name} is banned already.`, putOut);
}

/** @type {Command["run"]} */
export function unban(session, text) {
  const { room, name, problem } = aim(session, text);
  if (!room || !name) return problem || "Whom? /unban NAME";
  return change(session, room, ["-b", name], `${name} is not banned. /ban lists who is.`);
}

/** @type {Command["run"]} */
export function mute(session, text) {
  return muteOrNot(session, text, "+b", "is muted already.");
}

/** @type {Command["run"]} */
export function unmute(session, text) {
  return muteOrNot(session, text, "-b", "is not muted. /mute lists who is.");
}

/** @type {Command["run"]} */
export function slow(session, text) {
  const { room, name, problem } = aim(session, text);
  if (!room) return problem;
  if (!session.tracker.isupport.get("CHANMODES")?.split(",")[2]?.includes(SLOW))
    return "This tracker has no slow rooms";
  if (!name) {
    session.orders.asked = "slow";
    return send(session, "MODE", room.name);
  }
  if (/^(off|0+)$/i.test(name)) return change(session, room, [`-${SLOW}`], "The room is not slow.");
  if (!/^[0-9]+$/.test(name)) return "How slow? /slow SECONDS, or /slow off";
  return send(session, "MODE", room.name, `+${SLOW}`, name);
}

/** @type {Command["run"]} */
export function kill(session, text) {
  const { name, rest } = split(text);
  if (!name) return "Whom? /kill NAME [REASON]";
  return send(session, "KILL", name, rest[0] ?? NO_REASON);
}

/** @type {Command["run"]} */
export function kline(session, text) {
  const { name, rest } = split(text);
  return send(session, "KLINE", ...(name ? [name] : []), ...rest);
}

/** @type {Command["run"]} */
export function unkline(session, text) {
  const { name } = split(text);
  return name ? send(session, "UNKLINE", name) : "Whom? /unkline WHO";
}

/**
 * Return the room that a command is about, and whom.
 * @param {Session} session
 * @param {string} text
 * @returns {{room: Room | null, name: string, rest: string[], problem: string}}
 */
function aim(session, text) {
  const { name, rest } = split(text);
  const room = session.current;
  if (!room || room.isPrivate) return { room: null, name, rest, problem: "Go to a room first" };
  if (isRoom(name) || name.includes(",")) return { room: null, name, rest, problem: "One NAME at a time" };
  return { room, name, rest, problem: "" };
}

/** @param {string} text */
function split(text) {
  const [, name = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  return { name, rest: rest ? [rest] : [] };
}

/**
 * @param {Session} session
 * @param {string} text
 * @param {"+b" | "-b"} mode
 * @param {string} nothing
 */
function muteOrNot(session, text, mode, nothing) {
  const { room, name, problem } = aim(session, text);
  if (!room) return problem;
  if (!/^,.*m/.test(session.tracker.isupport.get("EXTBAN") ?? "")) return "This tracker cannot mute";
  if (!name) return mode === "+b" ? list(session, room, "mute") : "Whom? /unmute NAME";
  const rank = room.members.get(casefold(name))?.prefix;
  if (rank && mode === "+b") session.tell(`${name} has ${rank} in this room, and can speak all the same.`);
  return change(session, room, [mode, name.startsWith(MUTE) ? name : MUTE + name], `${name} ${nothing}`);
}

/**
 * @param {Session} session
 * @param {Room} room
 * @param {"ban" | "mute"} what
 */
function list(session, room, what) {
  Object.assign(session.orders, { asked: what, listed: [] });
  return send(session, "MODE", room.name, "+b");
}

/**
 * Change a room's modes. If they are so already, `nothing` is said; what is to follow, follows either way.
 * @param {Session} session
 * @param {Room} room
 * @param {string[]} modes
 * @param {string} nothing
 */
function change(session, room, modes, nothing, then = () => {}) {
  if (!session.isOnline) return NOT_CONNECTED;
  const label = session.questions.newLabel();
  session.orders.change = { label, room, nothing, then };
  session.send({ tags: { label }, command: "MODE", params: [room.name, ...modes] });
}

/**
 * @param {Session} session
 * @param {string} command
 * @param {...string} params
 */
function send(session, command, ...params) {
  if (!session.isOnline) return NOT_CONNECTED;
  const wrong = params.slice(0, -1).find((word) => word.startsWith(":")); // it would be the last of the line
  if (wrong) return `${wrong} cannot be a name`;
  session.send({ command, params });
}

/**
 * What was wanted of a room's modes is answered: by MODE, or by ACK where nothing changed.
 * @type {Handler}
 */
export function changed(session, { command, tags }) {
  const { change: wanted } = session.orders;
  if (!wanted || wanted.label !== tags.label) return;
  session.orders.change = null;
  if (command === "ACK") session.tell(wanted.nothing, "info", wanted.room);
  wanted.then();
}

/** @type {Handler} */
export function listed({ orders }, { params }) {
  const [, , mask = "", setter = ""] = params;
  if (!orders.asked || mask.startsWith(MUTE) !== (orders.asked === "mute")) return;
  const by = setter ? `, by ${setter.replace(/!.*/, "")}` : "";
  if (orders.listed.length < MAX_LISTED) orders.listed.push(`${whom(mask)}${by}`);
}

/** @type {Handler} */
export function endOfListed(session, { params }) {
  const { asked, listed: lines } = session.orders;
  const room = session.find(params[1] ?? "") ?? session.current;
  const did = asked === "mute" ? "muted" : "banned";
  Object.assign(session.orders, { asked: "", listed: [] });
  if (!lines.length) session.tell(`Nobody is ${did} in this room.`, "info", room);
  else session.tell(`${did[0]?.toUpperCase()}${did.slice(1)} in this room: ${lines.join("; ")}`, "info", room);
}

/** @type {Handler} */
export function keptOut({ orders }, { params }) {
  if (orders.keptOut.length < MAX_LISTED) orders.keptOut.push(params[2] ?? "");
}

/** @type {Handler} */
export function endOfKeptOut(session, { params }) {
  const { keptOut: whom } = session.orders;
  const more = params.at(-1)?.match(/: .*/)?.[0] ?? ""; // the list may not be complete
  session.tell(whom.length ? `Kept out of the chat${more}: ${whom.join("; ")}` : "Nobody is kept out of the chat.");
  session.orders.keptOut = [];
}

/** @type {Handler} */
export function modesAre(session, { params }) {
  const [, name = "", ...words] = params;
  if (session.orders.asked !== "slow") return;
  session.orders.asked = "";
  const found = parseModes(session, words).find(({ letter }) => letter === SLOW);
  session.tell(found ? `The room is slow: ${pace(found.param)}.` : "The room is not slow.", "info", session.find(name));
}

/** @type {Handler} */
export function nowOperator(session) {
  session.orders.isOperator = true;
  session.tell(
    "You are an IRC operator now: /kick, /ban, /mute and /slow in every room; /kill and /kline in the whole chat.",
  );
}
