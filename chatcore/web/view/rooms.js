/**
 * The user's rooms and private conversations, and the field that leads to another room.
 *
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { casefold } from "../protocol/irc.js";
import { roomMeant } from "../protocol/meant.js";
import { colourOf } from "../protocol/names.js";
import { inOrder } from "../session/switching.js";
import { words } from "../words.js";
import { byId, make, reconcile } from "./dom.js";
import { absenceOf } from "./presence.js";
import { pageAddress } from "./share.js";

const MOST_COUNTED = 999;
const canHover = matchMedia("(hover: hover)"); // a finger would hit an invisible button

/**
 * The user's actions on rooms.
 * @typedef {{
 *   open: (room: Room) => void, leaveRoom: (room: Room) => void, enter: (name: string, key: string) => void,
 * }} RoomActions
 */

/**
 * Show the rooms.
 * @param {Session} session
 * @param {RoomActions} actions
 */
export function showRooms(session, actions) {
  const rooms = inOrder(session);
  const items = (/** @type {boolean} */ isPrivate) =>
    rooms
      .filter((room) => room.isPrivate === isPrivate)
      .map((room) => {
        const isCurrent = room === session.current;
        const quiet = session.levels.of(room.name) === "nothing" ? words.rooms.muted : absenceOf(session, room);
        const look = [room.name, isCurrent, room.unread, room.isMentioned, room.isJoined, quiet].join();
        return { key: casefold(room.name), look, build: () => roomItem(room, isCurrent, quiet, actions) };
      });
  reconcile(byId("room-list"), items(false));
  reconcile(byId("private-list"), items(true));
  byId("private-title").hidden = !rooms.some((room) => room.isPrivate);
  showElsewhere(rooms, session.current);
}

/** Scroll the list to the current room. */
export function revealRoom() {
  document.querySelector("#rooms li [aria-current]")?.scrollIntoView({ block: "nearest" });
}

/**
 * Open the room that is typed into the field below the rooms, or ask which one is meant.
 * @param {RoomActions} actions
 */
export function wireJoinForm({ enter }) {
  const field = byId("join-room", HTMLInputElement);
  const told = byId("join-told");
  const go = (/** @type {string} */ name, key = "") => {
    field.value = "";
    told.replaceChildren();
    enter(name, key);
  };
  field.oninput = () => told.replaceChildren();
  byId("join-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const { room, key, problem, choices } = roomMeant(field.value, pageAddress());
    if (room) return go(room, key);
    const buttons = choices.map((name) =>
      make("button", { type: "button", onclick: () => go(name) }, words.common.join(name)),
    );
    told.replaceChildren(...(field.value.trim() ? [problem, " ", ...buttons] : []));
    field.focus();
  };
}

/**
 * @param {Room} room
 * @param {boolean} isCurrent
 * @param {string} quiet in words: the room is muted, or the person is away; '' otherwise
 * @param {RoomActions} actions
 */
function roomItem(room, isCurrent, quiet, { open, leaveRoom }) {
  const end = room.isPrivate ? words.rooms.close(room.name) : words.rooms.leave(room.name);
  return make(
    "li",
    {},
    make(
      "button",
      {
        type: "button",
        class: [
          room.isMentioned ? "mentioned" : "",
          room.isPrivate ? `name-${colourOf(room.name)}` : "",
          quiet ? "away" : "",
        ].join(" "),
        title: quiet !== "" && `${room.name}, ${quiet}`,
        "aria-current": isCurrent && "true",
        onclick: () => open(room),
      },
      make("span", { class: "label", dir: "auto" }, room.name),
      room.unread ? make("span", { class: "badge", "aria-hidden": "true" }, counted(room.unread)) : "",
      quiet ? make("span", { class: "unseen" }, `, ${quiet}`) : "",
      room.unread ? make("span", { class: "unseen" }, `, ${words.rooms.unread(room.unread)}`) : "",
    ),
    canHover.matches
      ? make(
          "button",
          { type: "button", class: "end", "aria-label": end, title: end, onclick: () => leaveRoom(room) },
          "\u00d7",
        )
      : "",
  );
}

/**
 * Show the number of unread messages while the list of rooms is hidden.
 * @param {Room[]} rooms
 * @param {Room | null} current
 */
function showElsewhere(rooms, current) {
  const badge = byId("elsewhere");
  const count = rooms.reduce((sum, room) => sum + (room === current ? 0 : room.unread), 0);
  badge.hidden = !count;
  badge.textContent = counted(count);
  byId("show-rooms").setAttribute("aria-label", count ? words.rooms.titleUnread(count) : words.rooms.title);
}

/** @param {number} count */
function counted(count) {
  return String(Math.min(count, MOST_COUNTED));
}
