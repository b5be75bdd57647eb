/**
 * The bar above the message box: why nothing can be said here, and the buttons that help.
 *
 * @import { Room } from "../session/room.js"
 */

import { OBSTACLES, obstacleText } from "../session/obstacle.js";
import { words } from "../words.js";
import { byId, make } from "./dom.js";

/**
 * What a person can do about it.
 * @typedef {{enter: (name: string, key: string) => void, leaveRoom: (room: Room) => void, retryRoom: (room: Room) => void}} ObstacleActions
 */

let shown = "";

/**
 * Show what is in the way in a room, if anything is.
 * @param {Room | null} room
 * @param {ObstacleActions} actions
 */
export function showObstacle(room, actions) {
  const text = obstacleText(room);
  const look = text && `${room?.name} ${text}`;
  if (look === shown) return;
  shown = look;
  const bar = byId("obstacle");
  bar.hidden = !text;
  bar.replaceChildren(...(room?.obstacle ? [make("p", {}, text), ...buttons(room, actions)] : []));
}

/**
 * @param {Room} room
 * @param {ObstacleActions} actions
 */
function buttons(room, actions) {
  const isOut = OBSTACLES[room.obstacle?.kind ?? ""]?.help === "enter";
  const close = () => actions.leaveRoom(room);
  if (!isOut) return [make("button", { type: "button", onclick: () => actions.retryRoom(room) }, words.obstacle.retry)];
  return [
    make("button", { type: "button", onclick: () => actions.enter(room.name, room.key) }, words.obstacle.enter),
    make("button", { type: "button", onclick: close }, words.obstacle.close),
  ];
}
