/**
 * Going from room to room, and inviting others: what the view calls for that, joined to the session.
 *
 * @import { Room } from "./session/room.js"
 * @import { Session } from "./session/session.js"
 * @import { Destination } from "./session/switching.js"
 */

import { PASSWORD } from "./protocol/capabilities.js";
import { askForMore, askForRooms, closeFinder, narrow, openFinder } from "./session/finding.js";
import { setAway } from "./session/presence.js";
import { askHelper } from "./session/refusal.js";
import { askToInvite, mayInvite, share } from "./session/sharing.js";
import { beside, destinations, nextUnread } from "./session/switching.js";
import { copied, copyPlain, pageAddress } from "./view/share.js";

/**
 * Return the view's actions for going somewhere.
 * @param {() => Session} session returns the current session
 * @param {(act: () => void, isMove?: boolean) => void} change does something, and shows the result
 */
export function goingActions(session, change) {
  const open = (/** @type {Room | null} */ room) => {
    if (room) change(() => session().open(room), true);
  };
  const enter = (/** @type {string} */ name, key = "") => change(() => session().join(name, key), true);
  const talk = (/** @type {string} */ nick) => change(() => session().talkTo(nick), true);
  return {
    open,
    enter,
    join: (/** @type {string} */ name) => enter(name),
    talk,
    leave() {
      const { current } = session();
      if (current) this.leaveRoom(current);
    },
    leaveRoom: (/** @type {Room} */ room) => change(() => session().leave(room), true),
    step: (/** @type {1 | -1} */ direction) => open(beside(session(), direction)),
    goToUnread: () => open(nextUnread(session())),
    openFinder: () => change(() => openFinder(session())),
    closeFinder: () => change(() => closeFinder(session()), true),
    endAway: () => change(() => setAway(session(), "")),
    retryRoom: (/** @type {Room} */ room) => change(() => Object.assign(room, { obstacle: null }), true),
    closeRefusal: () => change(() => Object.assign(session(), { refusal: null })),
    askHelper: (/** @type {string} */ nick) => change(() => askHelper(session(), nick), true),
    refreshRooms: () => change(() => askForRooms(session())),
    narrowRooms: (/** @type {string} */ typed) => change(() => narrow(session(), typed)),
    moreRooms: () => change(() => askForMore(session())),
    lookUp: (/** @type {string} */ typed) => destinations(session(), typed, pageAddress()),
    /** @param {Destination} to */
    goTo({ kind, name, room, key }) {
      if (room) open(room);
      else if (kind === "join") enter(name, key);
      else talk(name);
    },
  };
}

/**
 * Return the view's actions for giving others a link.
 * @param {() => Session} session returns the current session
 * @param {(act: () => void) => void} change does something, and shows the result
 * @param {(told: string) => void} toast shows a text for a moment
 */
export function sharingActions(session, change, toast) {
  return {
    /** Copy a link to the room at once if there is nothing to choose and the browser allows it; else open the dialog. */
    async copyRoomLink() {
      const { current, tracker } = session();
      if (current && !mayInvite(session()) && (await copyPlain(current.name))) toast(copied(tracker.can(PASSWORD)));
      else change(() => share(session(), current));
    },
    invite: () => change(() => askToInvite(session())),
    shared(/** @type {string} */ told) {
      session().orders.share = null;
      if (told) toast(told);
    },
  };
}
