/**
 * What operators of rooms and IRC operators do by commands, and what they are answered. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Answer } from "./questions.js"
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
const KEPT_OUT = "216";
const MODES_ARE = "324";
const BANNED = "367";

/** @type {Command["run"]} */
export function oper(session, text) {
  const [, name = "", password = ""] = /^(\S*)\s*(.*)$/.exec(text) ?? [];
  if (!name) return "As whom? /oper NAME";
  if (password) return send(session, session.current, "OPER", [name, password]);
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
  const problem = password && send(session, session.current, "OPER", [operator, password]);
  if (problem) session.tell(problem, "error");
}

/** @type {Command["run"]} */
export function kick(session, text) {
  const { room, name, rest, problem } = aim(session, text);
  if (!room || !name) return problem || "Whom? /kick NAME [REASON]";
  return send(session, room, "KICK", [room.name, name, ...rest]);
}

/** @type {Command["run"]} */
export function ban(session, text) {
  const { room, name, rest, problem } = aim(session, text);
  if (!room) return problem;
  if (!name) return list(session, room, "ban");
  const putOut = () => {
    if (room.members.has(casefold(name))) send(session, room, "KICK", [room.name, name, ...rest]);
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
  if (!name) return send(session, room, "MODE", [room.name], (messages) => tellPace(session, room, messages));
  if (/^(off|0+)$/i.test(name)) return change(session, room, [`-${SLOW}`], "The room is not slow.");
  if (!/^[0-9]+$/.test(name)) return "How slow? /slow SECONDS, or /slow off";
  return send(session, room, "MODE", [room.name, `+${SLOW}`, name]);
}

/**
 * Tell how slow a room is.
 * @param {Session} session
 * @param {Room} room
 * @param {Message[]} messages
 */
function tellPace(session, room, messages) {
  const [[, , ...modes] = []] = paramsOf(messages, MODES_ARE);
  const found = parseModes(session, modes).find(({ letter }) => letter === SLOW);
  session.tell(found ? `The room is slow: ${pace(found.param)}.` : "The room is not slow.", "info", room);
}

/** @type {Command["run"]} */
export function kill(session, text) {
  const { name, rest } = split(text);
  if (!name) return "Whom? /kill NAME [REASON]";
  return send(session, session.current, "KILL", [name, rest[0] ?? NO_REASON]);
}

/** @type {Command["run"]} */
export function kline(session, text) {
  const { name, rest } = split(text);
  const { current } = session;
  if (name) return send(session, current, "KLINE", [name, ...rest]);
  return send(session, current, "KLINE", [], (messages) => {
    const them = paramsOf(messages, KEPT_OUT).map(([, , mask = ""]) => mask);
    const more = messages.at(-1)?.params.at(-1)?.match(/: .*/)?.[0] ?? ""; // the list may not be complete
    session.tell(them.length ? `Kept out of the chat${more}: ${them.join("; ")}` : "Nobody is kept out of the chat.");
  });
}

/** @type {Command["run"]} */
export function unkline(session, text) {
  const { name } = split(text);
  return name ? send(session, session.current, "UNKLINE", [name]) : "Whom? /unkline WHO";
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
 * Ask who is banned or muted in a room.
 * @param {Session} session
 * @param {Room} room
 * @param {"ban" | "mute"} what
 */
function list(session, room, what) {
  const did = what === "mute" ? "muted" : "banned";
  return send(session, room, "MODE", [room.name, "+b"], (messages) => {
    const masks = paramsOf(messages, BANNED).filter(([, , mask = ""]) => mask.startsWith(MUTE) === (what === "mute"));
    const them = masks.map(([, , mask = "", setter = ""]) => {
      const by = setter.replace(/!.*/, "");
      return by ? `${whom(mask)}, by ${by}` : whom(mask);
    });
    const told = `${did[0]?.toUpperCase()}${did.slice(1)} in this room: ${them.join("; ")}`;
    session.tell(them.length ? told : `Nobody is ${did} in this room.`, "info", room);
  });
}

/**
 * Change a room's modes. If they are so already, `nothing` is said; what is to follow, follows either way.
 * @param {Session} session
 * @param {Room} room
 * @param {string[]} modes
 * @param {string} nothing
 */
function change(session, room, modes, nothing, then = () => {}) {
  return send(session, room, "MODE", [room.name, ...modes], ([message]) => {
    if (message?.command === "ACK") session.tell(nothing, "info", room);
    then();
  });
}

/**
 * Send a command, and have what goes wrong told where it was typed. Returns why it cannot be sent, if so.
 * @param {Session} session
 * @param {Room | null} room
 * @param {string} command
 * @param {string[]} params
 * @param {Answer["take"]} take
 */
function send(session, room, command, params, take = () => {}) {
  if (!session.isOnline) return NOT_CONNECTED;
  const wrong = params.slice(0, -1).find((word) => word.startsWith(":")); // it would be the last of the line
  if (wrong) return `${wrong} cannot be a name`;
  session.order({ command, params }, { room, take });
}

/**
 * Return the params of those messages of an answer that have this numeric, as many as a person may want to read.
 * @param {Message[]} messages
 * @param {string} numeric
 */
function paramsOf(messages, numeric) {
  const found = messages.filter(({ command }) => command === numeric);
  return found.slice(0, MAX_LISTED).map(({ params }) => params);
}

/** @type {Handler} */
export function nowOperator(session) {
  session.orders.isOperator = true;
  session.tell(
    "You are an IRC operator now: /kick, /ban, /mute and /slow in every room; /kill and /kline in the whole chat.",
  );
}
