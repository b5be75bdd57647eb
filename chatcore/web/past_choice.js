/**
 * Whether a room shows what was said before one came: a choice that the browser keeps.
 *
 * @import { Room } from "./session/room.js"
 * @import { Session } from "./session/session.js"
 */

import { showArrival } from "./session/arriving.js";
import { words } from "./words.js";

const CHOICE = "chat-history"; // kept for all trackers at this address
const SHOWN = "shown";

/** Return what was chosen; nothing is shown if nothing was. */
export function showsPast() {
  try {
    return localStorage.getItem(CHOICE) === SHOWN;
  } catch {
    return false;
  }
}

/**
 * Return what the view may call.
 * @param {() => Session} session the one of now
 * @param {(act: () => void) => void} change does something, and shows the result
 * @param {(text: string) => void} tell says something for a moment
 */
export function pastDeeds(session, change, tell) {
  const choose = (/** @type {boolean} */ isShown) => {
    session().showsPast = isShown;
    try {
      if (isShown) localStorage.setItem(CHOICE, SHOWN);
      else localStorage.removeItem(CHOICE);
    } catch {
      // a browser that keeps nothing: the choice holds until the page is closed
    }
    tell(isShown ? words.log.alwaysShown : words.log.neverShown);
  };
  const showPast = (/** @type {Room} */ room) => change(() => showArrival(session(), room));
  return {
    showPast,
    alwaysShowPast(/** @type {Room} */ room) {
      choose(true);
      showPast(room);
    },
    neverShowPast: () => change(() => choose(false)),
  };
}
