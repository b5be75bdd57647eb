/**
 * The rooms and the private conversations that one has.
 *
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { casefold } from "../protocol/irc.js";
import { colourOf } from "../protocol/names.js";
import { byId, make, reconcile } from "./dom.js";

/**
 * Show the rooms.
 * @param {Session} session
 * @param {(room: Room) => void} open called with the one that is chosen
 */
export function showRooms(session, open) {
  const rooms = [...session.rooms.values()];
  const items = (/** @type {boolean} */ isPrivate) =>
    rooms
      .filter((room) => room.isPrivate === isPrivate)
      .map((room) => {
        const isCurrent = room === session.current;
        const look = [room.name, isCurrent, room.unread, room.isMentioned, room.isJoined].join();
        return { key: casefold(room.name), look, build: () => roomItem(room, isCurrent, open) };
      });
  reconcile(byId("room-list"), items(false));
  reconcile(byId("private-list"), items(true));
  byId("private-title").hidden = !rooms.some((room) => room.isPrivate);
  showElsewhere(rooms, session.current);
}

/**
 * @param {Room} room
 * @param {boolean} isCurrent
 * @param {(room: Room) => void} open
 */
function roomItem(room, isCurrent, open) {
  const unread = room.unread ? `${room.unread} unread` : "";
  return make(
    "li",
    {},
    make(
      "button",
      {
        type: "button",
        class: [room.isMentioned ? "mentioned" : "", room.isPrivate ? `name-${colourOf(room.name)}` : ""].join(" "),
        "aria-current": isCurrent && "true",
        onclick: () => open(room),
      },
      make("span", { class: "label", dir: "auto" }, room.name),
      room.unread ? make("span", { class: "badge", "aria-hidden": "true" }, String(Math.min(room.unread, 999))) : "",
      unread ? make("span", { class: "unseen" }, `, ${unread}`) : "",
    ),
  );
}

/**
 * Show how much is unread, for those who do not see the list of rooms.
 * @param {Room[]} rooms
 * @param {Room | null} current
 */
function showElsewhere(rooms, current) {
  const badge = byId("elsewhere");
  const count = rooms.reduce((sum, room) => sum + (room === current ? 0 : room.unread), 0);
  badge.hidden = !count;
  badge.textContent = String(Math.min(count, 999));
  byId("show-rooms").setAttribute("aria-label", count ? `Rooms, ${count} unread` : "Rooms");
}
