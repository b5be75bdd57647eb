/**
 * The rooms, the private conversations, and the members of a room.
 *
 * @import { Member, Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 */

import { MAX_SHOWN_MEMBERS } from "../protocol/bounds.js";
import { casefold } from "../protocol/irc.js";
import { colourOf } from "../protocol/names.js";
import { byId, make, reconcile } from "./dom.js";

const RANKS = "~&@%+";
/** @type {Object<string, string>} */
const ROLES = { "~": "owner", "&": "protected", "@": "operator", "%": "half operator", "+": "may speak" };

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
 * Show who is in a room.
 * @param {Room | null} room
 * @param {Session} session
 * @param {(nick: string) => void} talk called with the one who is chosen
 */
export function showMembers(room, session, talk) {
  const members = room ? [...room.members.values()].sort(byRank) : [];
  byId("members").hidden = !room || room.isPrivate;
  byId("show-members").hidden = !room || room.isPrivate;
  byId("members-title").textContent = `Members (${members.length}${room?.hasMoreMembers ? " and more" : ""})`;
  const items = members.slice(0, MAX_SHOWN_MEMBERS).map(({ nick, prefix }) => {
    const isMe = session.isMe(nick);
    return { key: casefold(nick), look: `${nick}${prefix}${isMe}`, build: () => memberItem(nick, prefix, isMe, talk) };
  });
  const rest = members.length - items.length;
  const build = () => make("li", { class: "quiet" }, `and ${rest} more`);
  if (rest) items.push({ key: " ", look: String(rest), build });
  reconcile(byId("member-list"), items);
}

/**
 * @param {Member} one
 * @param {Member} other
 */
function byRank(one, other) {
  const rank = (/** @type {Member} */ { prefix }) => (prefix ? RANKS.indexOf(prefix) : RANKS.length);
  return rank(one) - rank(other) || one.nick.localeCompare(other.nick);
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
 * @param {string} nick
 * @param {string} prefix
 * @param {boolean} isMe
 * @param {(nick: string) => void} talk
 */
function memberItem(nick, prefix, isMe, talk) {
  const role = ROLES[prefix] ?? "";
  const label = make("span", { class: "label", dir: "auto" }, nick);
  const marks = [
    prefix ? make("span", { class: "role", title: role, "aria-hidden": "true" }, prefix) : "",
    isMe ? make("span", { class: "role" }, "you") : "",
  ];
  const attributes = { type: "button", class: `name-${colourOf(nick)}`, onclick: () => talk(nick) };
  const words = [isMe ? "Notes to yourself" : `Write to ${nick} privately`, role].filter((word) => word).join(", ");
  return make("li", {}, make("button", { ...attributes, "aria-label": !isMe && words, title: words }, label, ...marks));
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
