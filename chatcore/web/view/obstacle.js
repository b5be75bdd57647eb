/**
 * The bar above the message box: why nothing can be said here, and the buttons that help.
 *
 * @import { Help } from "../session/obstacle.js"
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { OBSTACLES, obstacleIn, obstacleText } from "../session/obstacle.js";
import { words } from "../words.js";
import { byId, make } from "./dom.js";

/**
 * The user's actions on an obstacle.
 * @typedef {{enter: (name: string, key: string) => void, leaveRoom: (room: Room) => void, retryRoom: (room: Room) => void}} ObstacleActions
 */

let shown = "";

/**
 * Show the obstacle in the current room, if any.
 * @param {Session} session
 * @param {ObstacleActions} actions
 */
export function showObstacle(session, actions) {
  const { current: room } = session;
  const text = obstacleText(session, room);
  const look = text && `${room?.name} ${text}`;
  if (look === shown) return;
  shown = look;
  const bar = byId("obstacle");
  bar.hidden = !text;
  const help = OBSTACLES[obstacleIn(session, room)?.kind ?? ""]?.help;
  bar.replaceChildren(...(room && text ? [make("p", {}, text), ...buttons(room, help, actions)] : []));
}

/**
 * @param {Room} room
 * @param {Help | undefined} help
 * @param {ObstacleActions} actions
 */
function buttons(room, help, actions) {
  const button = (/** @type {string} */ label, /** @type {() => void} */ onclick) =>
    make("button", { type: "button", onclick }, label);
  if (help === "try") return [button(words.obstacle.retry, () => actions.retryRoom(room))];
  if (help !== "enter") return [];
  return [
    button(words.obstacle.enter, () => actions.enter(room.name, room.key)),
    button(words.obstacle.close, () => actions.leaveRoom(room)),
  ];
}
