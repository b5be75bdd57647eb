/**
 * What the page does when a person acts on others, or chooses notifications.
 *
 * @import { Notifier } from "./notify.js"
 * @import { Session } from "./session/session.js"
 * @import { PeopleActions } from "./view/people.js"
 */

import { closeCard, openCard } from "./session/card.js";
import { act } from "./session/deeds.js";
import { byId } from "./view/dom.js";

/**
 * Return the view's actions for people and notifications.
 * @param {() => Session} session returns the current session
 * @param {(act: () => void, isMove?: boolean) => void} change does something, and shows the result
 * @param {Notifier} notifier
 * @param {{quit: () => void, toast: (text: string) => void}} page
 * @returns {PeopleActions}
 */
export function peopleActions(session, change, notifier, { quit, toast }) {
  const close = () => change(() => closeCard(session()));
  return {
    person: (nick) => change(() => openCard(session(), nick)),
    closeCard: close,
    act(deed, text) {
      const { card } = session();
      let isDone = false;
      const isMove = deed === "write";
      if (card) change(() => (isDone = act(session(), card, deed, text)), isMove);
      if (!card || !isDone) return;
      close();
      if (deed === "mention") mention(card.nick);
      if (deed === "quit") quit();
    },
    redraw: () => change(() => {}),
    level: (room, level) => change(() => session().levels.set(room.name, level)),
    notices: () => notifier.state,
    turnNotices: (isOn) => notifier.turn(isOn).then((told) => change(() => toast(told))),
  };
}

/**
 * Put a name into the message box; at its beginning, it addresses the message to that person.
 * @param {string} nick
 */
function mention(nick) {
  byId("card", HTMLDialogElement).close(); // while it is open, the message box cannot get the focus
  const text = byId("text", HTMLTextAreaElement);
  const before = text.value.slice(0, text.selectionStart);
  const name = before.trim() ? `${/\s$/.test(before) ? "" : " "}${nick} ` : `${nick}: `;
  text.setRangeText(name, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input"));
  text.focus();
}
