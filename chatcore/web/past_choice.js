/**
 * Whether rooms show what was said before the person came: a choice that the browser keeps.
 *
 * @import { Room } from "./session/room.js"
 * @import { Session } from "./session/session.js"
 */

import { showArrival } from "./session/arriving.js";
import { words } from "./words.js";

const CHOICE = "chat-history"; // kept for all trackers at this address
const SHOWN = "shown";

/** Return whether the person has chosen to see earlier messages. */
export function showsPast() {
  try {
    return localStorage.getItem(CHOICE) === SHOWN;
  } catch {
    return false;
  }
}

/**
 * Return the view's actions for this choice.
 * @param {() => Session} session returns the current session
 * @param {(act: () => void) => void} change does something, and shows the result
 * @param {(text: string) => void} tell shows a text for a moment
 */
export function pastDeeds(session, change, tell) {
  const choose = (/** @type {boolean} */ isShown) => {
    session().showsPast = isShown;
    try {
      if (isShown) localStorage.setItem(CHOICE, SHOWN);
      else localStorage.removeItem(CHOICE);
    } catch {
      // the browser keeps nothing: the choice holds until the page is closed
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
