/**
 * What a person can do with a message: reply, react, copy it, take it back.
 *
 * @import { Entry } from "./session/entries.js"
 * @import { Room } from "./session/room.js"
 * @import { Session } from "./session/session.js"
 */

import { TAGS } from "./protocol/capabilities.js";
import { goTo } from "./session/past.js";
import { answer, quoteOf, UNKNOWN } from "./session/quotes.js";
import { fetchQuote } from "./session/quoting.js";
import { toggle } from "./session/reactions.js";
import { mayTakeBack, takeBack } from "./session/redacting.js";
import { discard, retry } from "./session/sending.js";
import { copyText } from "./view/clipboard.js";
import { linkToMessage } from "./view/share.js";
import { words } from "./words.js";

/**
 * What this needs from the page: `change` does something and shows the result, `tell` shows a text for a moment, `write`
 * puts the cursor into the message box.
 * @typedef {{
 *   session: () => Session, change: (act: () => void) => void, tell: (text: string) => void, write: () => void,
 * }} Page
 */

/**
 * Return the actions that the log calls when a person does something with a message.
 * @param {Page} page
 */
export function entryDeeds({ session, change, tell, write }) {
  const inRoom = (/** @type {(room: Room) => string | void} */ act) => {
    const room = session().current;
    if (room) change(() => void complain(act(room)));
  };
  const complain = (/** @type {string | void} */ problem) => problem && tell(problem);
  return {
    offers: (/** @type {Entry} */ entry) => offersOf(session(), entry),
    quoted: (/** @type {Entry} */ entry) => quoted(session(), entry),
    showMessage: (/** @type {string} */ id) =>
      inRoom((room) => goTo(session(), room, id, () => tell(words.beside.missing))),
    answer(/** @type {Entry} */ entry) {
      inRoom((room) => answer(room, entry));
      write();
    },
    answerNothing: () => inRoom((room) => void Object.assign(room, { answering: null })),
    react: (/** @type {Entry} */ entry, /** @type {string} */ value) =>
      inRoom((room) => toggle(session(), room, entry, value)),
    retry: (/** @type {Entry} */ entry) => inRoom((room) => retry(session(), room, entry)),
    discard: (/** @type {Entry} */ entry) => inRoom((room) => discard(room, entry)),
    takeBack: (/** @type {Entry} */ entry) => inRoom((room) => takeBack(session(), room, entry)),
    showAll: (/** @type {Entry} */ entry) => inRoom((room) => touch(room, entry, { showsAll: true })),
    dismiss: (/** @type {Entry} */ entry) => inRoom((room) => touch(room, entry, { problem: "" })),
    async copyText(/** @type {Entry} */ entry) {
      tell((await copyText(entry.text)) ? words.menu.copied : words.menu.cannotCopy);
    },
    async copyLinkTo(/** @type {Entry} */ entry) {
      const room = session().current;
      if (room) tell((await copyText(linkToMessage(room, entry.id))) ? words.menu.copiedLink : words.menu.cannotCopy);
    },
    leaveLog: write,
  };
}

/**
 * @param {Session} session
 * @param {Entry} entry
 */
function offersOf(session, entry) {
  const { current: room, tracker } = session;
  const isThere = room !== null && (room.isPrivate || room.isJoined) && session.isOnline;
  const isSaid = entry.id !== "" && entry.nick !== "" && !entry.state;
  const can = isThere && isSaid && tracker.can(TAGS);
  const canTakeBack = room !== null && isThere && mayTakeBack(session, room, entry);
  return { canAnswer: can, canReact: can, canTakeBack, hasLink: isSaid && room?.isPrivate === false && !entry.rank };
}

/**
 * @param {Session} session
 * @param {Entry} entry
 */
function quoted(session, { answers = "" }) {
  const { current: room } = session;
  if (!room) return UNKNOWN;
  const quote = quoteOf(room, answers);
  if (!quote.isKnown) fetchQuote(session, room, answers);
  return quote;
}

/**
 * @param {Room} room
 * @param {Entry} entry
 * @param {Partial<Entry>} changes
 */
function touch(room, entry, changes) {
  Object.assign(entry, changes);
  room.touch(entry);
}
