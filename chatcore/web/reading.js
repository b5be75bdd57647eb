/**
 * Reading: scrolling back, searching, exporting. What the view calls for that, joined to the session.
 *
 * @import { Room } from "./session/room.js"
 * @import { Result } from "./session/search.js"
 * @import { Session } from "./session/session.js"
 */

import { exportMore } from "./session/export.js";
import { askAgain, findPlace, requestNewer, requestOlder } from "./session/past.js";
import { find, findMore, openResult, openSearch } from "./session/search.js";
import { leavePast, see } from "./session/unread.js";

/**
 * Return the view's actions for a room's messages.
 * @param {() => Session} session returns the current session
 * @param {(act: () => void) => void} change does something, and shows the result
 */
export function readingActions(session, change) {
  const askFor = (/** @type {typeof requestOlder} */ ask, /** @type {Room} */ room) => {
    const { isLoading } = room.shown;
    ask(session(), room);
    if (room.shown.isLoading !== isLoading) change(() => {}); // not always: the log asks at every look
  };
  return {
    older: (/** @type {Room} */ room) => askFor(requestOlder, room),
    newer: (/** @type {Room} */ room) => askFor(requestNewer, room),
    again: (/** @type {Room} */ room) => change(() => askAgain(session(), room)),
    latest: (/** @type {Room} */ room) => change(() => leavePast(room)),
    back: (/** @type {Room} */ room) => change(() => findPlace(session(), room)),
    seen: (/** @type {Room} */ room, /** @type {boolean} */ isAtEnd) => change(() => see(session(), room, isAtEnd)),
    exportMore: () => change(() => exportMore(session())),
    exportStop: () => change(() => Object.assign(session(), { export: null })),
  };
}

/**
 * Return the view's actions for a search.
 * @param {() => Session} session returns the current session
 * @param {(act: () => void, isMove?: boolean) => void} change does something, and shows the result
 */
export function searchingActions(session, change) {
  return {
    openSearch: () => change(() => openSearch(session())),
    closeSearch: (/** @type {boolean} */ isMove) =>
      change(() => Object.assign(session().search, { isOpen: false }), isMove),
    find: (/** @type {string} */ typed) => change(() => find(session(), typed)),
    findMore: () => change(() => findMore(session())),
    /** Go to a result; return whether its place is shown. */
    openResult(/** @type {Result} */ result) {
      let isShown = false;
      change(() => {
        isShown = openResult(session(), result);
      });
      return isShown;
    },
  };
}
