/**
 * Why nothing can be said in a room or to a person at present, and what is shown instead. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { casefold } from "../protocol/irc.js";
import { words } from "../words.js";

/**
 * An obstacle: its kind, the tracker's text, and who caused it ('' for nobody).
 * @typedef {{kind: string, text: string, by: string}} Obstacle
 */

/**
 * What helps: entering the room (again), trying again, or nothing, as the tracker tells when it ends.
 * @typedef {"enter" | "try" | ""} Help
 */

/**
 * Each kind: its text, what helps, whether we stay out after a reconnect, and whether a change of the room's modes may
 * end it.
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
 * Note that somebody has removed us from a room.
 * @param {Room} room
 * @param {string} by
 * @param {string} why '' for no reason
 */
export function putOut(room, by, why) {
  room.obstacle = { kind: "removed", by, text: why };
}

/**
 * Note that a room that we have open does not let us in.
 * @param {Room} room
 * @param {string} text
 * @param {Message | undefined} message the refusal
 */
export function keptOut(room, text, message) {
  room.obstacle = { kind: message?.command === BANNED ? "banned" : "refused", text, by: "" };
}

/**
 * Note that the tracker has dropped us from a room that we have open.
 * @param {Room} room
 */
export function droppedFrom(room) {
  room.obstacle ??= { kind: "gone", text: "", by: "" };
}

/**
 * Note that a message was refused for a reason that applies to the next one too: who we are, not what was said or
 * when.
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
 * Return when a message refused by slow mode can be said, by the clock of `now`; 0 if it was refused for another
 * reason.
 * @param {string} text what the tracker says
 * @param {number} now ms
 */
export function sayableAt(text, now) {
  const seconds = Number(IS_SLOW.exec(text)?.[1]);
  return seconds ? now + seconds * 1000 : 0;
}

/**
 * Drop an obstacle that a change of the room's modes may have ended.
 * @param {Room} room
 */
export function modesChanged(room) {
  if (room.obstacle && OBSTACLES[room.obstacle.kind]?.endsByMode) room.obstacle = null;
}

/**
 * Return whether a room is not entered again automatically in a new visit.
 * @param {Room} room
 */
export function staysOut({ obstacle }) {
  return obstacle !== null && OBSTACLES[obstacle.kind]?.isOut === true;
}

/**
 * Return the obstacle in a room, if any: one that we were told of, or one that its modes imply for members without a
 * rank.
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
 * Return the obstacle in words; '' for none.
 * @param {Session} session
 * @param {Room | null} room
 */
export function obstacleText(session, room) {
  const obstacle = obstacleIn(session, room);
  return obstacle ? (OBSTACLES[obstacle.kind]?.say(obstacle) ?? "") : "";
}
