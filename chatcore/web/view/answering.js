/**
 * The message being answered, above the message box; Escape there, or its button, cancels the answer.
 *
 * @import { Room } from "../session/room.js"
 * @import { Answering } from "../session/quotes.js"
 */

import { words } from "../words.js";
import { byId } from "./dom.js";

/**
 * The user's action here: `answerNothing` cancels the answer.
 * @typedef {{answerNothing: () => void}} AnsweringActions
 */

/** The line above the message box. */
export class AnsweringView {
  /** @param {AnsweringActions} actions */
  constructor({ answerNothing }) {
    /** @type {Answering | null} */
    this.shown = null;
    byId("answering-stop").onclick = () => {
      answerNothing();
      byId("text").focus();
    };
    byId("text").addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || !this.shown || event.isComposing) return;
      event.preventDefault(); // keeps Escape from closing anything else
      event.stopPropagation();
      answerNothing();
    });
  }

  /** @param {Room | null} room */
  show(room) {
    const answering = room?.answering ?? null;
    if (answering === this.shown) return;
    this.shown = answering;
    byId("answering").hidden = !answering;
    byId("answering-to").textContent = answering ? words.answering.to(answering.nick) : "";
    byId("answering-words").textContent = answering?.text ?? "";
  }
}
