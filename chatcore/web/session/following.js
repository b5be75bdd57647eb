/**
 * Following a link to a room, a person or a message: at once, or after login. Pure.
 *
 * @import { Link } from "../protocol/link.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { words } from "../words.js";
import { goTo } from "./past.js";

/**
 * Follow a link; return whether it leads anywhere.
 * @param {Session} session
 * @param {Link} link
 */
export function follow(session, link) {
  const { room, person, key, message } = link;
  session.wanted.link = message || person ? link : null;
  if (room) session.join(room, key);
  if (session.isOnline) arriveAt(session, session.current);
  return room !== "" || person !== "";
}

/**
 * Follow the pending link, if it leads to this room or conversation (null for none yet).
 * @param {Session} session
 * @param {Room | null} room
 */
export function arriveAt(session, room) {
  const { link } = session.wanted;
  if (!link) return;
  const place = link.person ? session.talkTo(link.person) : link.room ? session.find(link.room) : null;
  if (!place || (room !== place && !link.person) || !(place.isPrivate || place.isJoined)) return;
  session.wanted.link = null;
  if (!link.message) return;
  goTo(session, place, link.message, () => {
    place.leavePast();
    session.tell(words.links.noSuchMessage, "error", place);
  });
}

/**
 * Go back or forward to an earlier place; return whether it is still available.
 * @param {Session} session
 * @param {Link} place
 */
export function goBackTo(session, { room, person }) {
  const known = session.find(room || person);
  if (known) session.open(known);
  else if (person) session.talkTo(person);
  return known !== undefined || person !== "" || room === "";
}
