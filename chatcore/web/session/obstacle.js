/**
 * Why nothing can be said in a room or to a person, until that changes: what is then shown instead of what cannot be. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { casefold } from "../protocol/irc.js";
import { words } from "../words.js";

/**
 * What is in the way: of which kind, in the tracker's words, and by whom ('' for nobody).
 * @typedef {{kind: string, text: string, by: string}} Obstacle
 */

/**
 * What helps: to enter the room (again), to try whether it is still so, or nothing, as the page hears when it ends.
 * @typedef {"enter" | "try" | ""} Help
 */

/**
 * Each kind: what is said of it, what helps, whether one stays out when the connection comes back, and whether a change
 * of the room's modes may be the end of it.
 * @type {Readonly<Object<string, Readonly<{say: (obstacle: Obstacle) => string, help: Help, isOut: boolean,
 *   endsByMode: boolean}>>>}
 */
export const OBSTACLES = Object.freeze({
  removed: kind(({ by, text }) => words.obstacle.removed(by, text), "enter", { isOut: true }),
  banned: kind(({ text }) => words.obstacle.notIn(text), "enter", { isOut: true }),
  refused: kind(({ text }) => words.obstacle.notIn(text), "enter"),
  gone: kind(() => words.obstacle.gone, "enter"),
  silenced: kind(({ text }) => text, "try", { endsByMode: true }),
  absent: kind(({ text }) => text, "try"),
  moderated: kind(() => words.obstacle.moderated, ""),
});

const BANNED = "474";
const MAY_NOT_SPEAK = "404";
const NOBODY = "401";
const IS_SLOW = /(\d+) s \(\+W\)$/; // which ends by itself

/**
 * @param {(obstacle: Obstacle) => string} say
 * @param {Help} help
 * @param {{isOut?: boolean, endsByMode?: boolean}} rest
 */
function kind(say, help, { isOut = false, endsByMode = false } = {}) {
  return Object.freeze({ say, help, isOut, endsByMode });
}

/**
 * Somebody has put us out of a room.
 * @param {Room} room
 * @param {string} by
 * @param {string} why '' if nothing was said
 */
export function putOut(room, by, why) {
  room.obstacle = { kind: "removed", by, text: why };
}

/**
 * We are not let into a room that we have open.
 * @param {Room} room
 * @param {string} text
 * @param {Message | undefined} message what says so
 */
export function keptOut(room, text, message) {
  room.obstacle = { kind: message?.command === BANNED ? "banned" : "refused", text, by: "" };
}

/**
 * The tracker has us no longer in a room that we have open.
 * @param {Room} room
 */
export function droppedFrom(room) {
  room.obstacle ??= { kind: "gone", text: "", by: "" };
}

/**
 * What we have said was refused: so would be the next, if it is about who we are, and not about what was said or when.
 * @param {Room} room
 * @param {string} text
 * @param {Message} message
 */
export function unheard(room, text, { command }) {
  if (command === MAY_NOT_SPEAK && !room.isPrivate && !IS_SLOW.test(text)) {
    room.obstacle = { kind: "silenced", text, by: "" };
  }
  if (command === NOBODY && room.isPrivate) room.obstacle = { kind: "absent", text, by: "" };
}

/**
 * Return when what a slow room has refused can be said, by the clock of `now`; 0 if that is not why it was refused.
 * @param {string} text what the tracker says
 * @param {number} now ms
 */
export function sayableAt(text, now) {
  const seconds = Number(IS_SLOW.exec(text)?.[1]);
  return seconds ? now + seconds * 1000 : 0;
}

/**
 * The room's modes have changed.
 * @param {Room} room
 */
export function modesChanged(room) {
  if (room.obstacle && OBSTACLES[room.obstacle.kind]?.endsByMode) room.obstacle = null;
}

/**
 * Whether somebody who comes back as somebody new does not enter a room again by themselves.
 * @param {Room} room
 */
export function staysOut({ obstacle }) {
  return obstacle !== null && OBSTACLES[obstacle.kind]?.isOut === true;
}

/**
 * Return what is in the way, if anything is: what was told, or what a room's modes say of somebody without a rank.
 * @param {Session} session
 * @param {Room | null} room
 * @returns {Obstacle | null}
 */
export function obstacleIn(session, room) {
  const isUnranked = room?.members.get(casefold(session.nick))?.prefix === "";
  const modes = room?.isJoined && room.isModerated && isUnranked ? { kind: "moderated", text: "", by: "" } : null;
  return room?.obstacle ?? modes;
}

/**
 * Return the same in words; '' for nothing.
 * @param {Session} session
 * @param {Room | null} room
 */
export function obstacleText(session, room) {
  const obstacle = obstacleIn(session, room);
  return obstacle ? (OBSTACLES[obstacle.kind]?.say(obstacle) ?? "") : "";
}
