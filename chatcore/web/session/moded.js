/**
 * Changes of a room's modes: a handler for received.js. Pure.
 *
 * @import { Handler } from "./received.js"
 */

import { isRoom } from "../protocol/names.js";
import { event } from "./members.js";
import { changesRanks, modeTexts } from "./modes.js";
import { modesChanged } from "./obstacle.js";
import { lockChanged } from "./topic.js";

/** @type {Handler} */
export function moded(session, message) {
  const room = session.find(message.params[0] ?? "");
  if (!room || !isRoom(room.name)) return;
  modesChanged(room);
  lockChanged(session, room, message);
  const text = modeTexts(session, message).join("\n"); // one entry per message, as it has one id
  if (text) event(session, room, message, text);
  if (changesRanks(session, message)) session.order({ command: "NAMES", params: [room.name] }, { fail() {} });
}
