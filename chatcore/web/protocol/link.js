/**
 * Links to the page: `#room=dev&invite=inv-…&room-key=…`, each part optional, parsed as by protocol/invitations.py.
 * The page's own address also tells the current place in the chat: `#with=ann`, `#room=dev&message=ID`. Pure.
 */

import { words } from "../words.js";
import { asRoom } from "./names.js";
import { roomProblem } from "./room_names.js";

/**
 * The parts of a link: a room or a person to talk to, a message there, an invitation used in place of the chat's
 * password, and the room's key; '' for none. `problem` says in words why some part is ignored.
 * @typedef {{room: string, person: string, message: string, invitation: string, key: string, problem: string}} Link
 */

/** @type {Readonly<Link>} */
export const NO_LINK = { room: "", person: "", message: "", invitation: "", key: "", problem: "" };
const INVITATION = /^(inv-[0-9a-hjkmnp-tv-z]{6})-[0-9a-hjkmnp-tv-z]{26}$/;
const PERSON = /^[^\s\d,:!@#&+\p{C}\ufffd-][^\s,:!@\p{C}\ufffd]{0,63}$/u;
const MESSAGE = /^[\w.~-]{1,100}$/;
const KEY = /^[^\s,\p{C}\ufffd]*$/u;
/** @type {Object<string, string>} */
const MISREAD = { o: "0", i: "1", l: "1" }; // by people who type one

/**
 * Parse the part of a link after the #. Without a `=` it is the name of a room.
 * @param {string} fragment
 * @returns {Link}
 */
export function parseFragment(fragment) {
  const said = fragment.replace(/^#/, "");
  const fields = new URLSearchParams(said.includes("=") ? said : `room=${said}`);
  const named = (fields.get("room") ?? "").trim();
  const room = named && asRoom(named);
  const isRoomWrong = room !== "" && roomProblem(room) !== "";
  const person = room ? "" : (fields.get("with") ?? "").trim();
  const message = fields.get("message") ?? "";
  const key = fields.get("room-key") ?? "";
  const invited = fields.get("invite") ?? "";
  const invitation = invitationIn(invited);
  const problems = [
    isRoomWrong && words.links.noSuchRoom,
    person && !PERSON.test(person) && words.links.noSuchPerson,
    !KEY.test(key) && words.links.noSuchKey,
    invited && !invitation && words.links.notWhole,
  ];
  return {
    room: isRoomWrong ? "" : room,
    person: PERSON.test(person) ? person : "",
    message: MESSAGE.test(message) ? message : "",
    invitation,
    key: KEY.test(key) ? key : "",
    problem: problems.filter((problem) => problem).join(" "),
  };
}

/**
 * Return whether this can be somebody's nick, judging by its characters.
 * @param {string} name
 */
export function isPerson(name) {
  return PERSON.test(name);
}

/**
 * Return the link with these parts.
 * @param {string} page the page's own address, path and all
 * @param {Partial<Link>} link
 */
export function linkTo(page, { room = "", person = "", message = "", invitation = "", key = "" }) {
  const name = room.replace(/^#/, "");
  const place = { room: name.startsWith("#") ? room : name, with: person, message };
  const said = Object.entries({ ...place, invite: invitation, "room-key": key });
  const fields = said.filter(([, value]) => value).map(([field, value]) => `${field}=${encodeURIComponent(value)}`);
  return `${page}${fields.length ? "#" : ""}${fields.join("&")}`;
}

/**
 * Return the invitation in a text, ignoring blanks around it and case; '' for none.
 * @param {string} text
 */
export function invitationIn(text) {
  const [, id = "", secret = ""] = /^inv-([0-9a-z]{6})-([0-9a-z]{26})$/i.exec(text.trim()) ?? [];
  const plain = (/** @type {string} */ part) => part.toLowerCase().replace(/[oil]/g, (letter) => MISREAD[letter] ?? "");
  const invitation = `inv-${plain(id)}-${plain(secret)}`;
  return INVITATION.test(invitation) ? invitation : "";
}

/**
 * Return what was meant by a typed password: the invitation, if it is one or a whole link with one.
 * @param {string} typed
 */
export function passwordIn(typed) {
  const [, fragment = ""] = /^\s*https?:\/\/[^#\s]*(#\S*)\s*$/i.exec(typed) ?? [];
  return invitationIn(typed) || parseFragment(fragment).invitation || typed;
}

/**
 * Return the name under which an invitation logs in, '' for what is not an invitation.
 * @param {string} invitation
 */
export function identityOf(invitation) {
  return INVITATION.exec(invitation)?.[1] ?? "";
}
