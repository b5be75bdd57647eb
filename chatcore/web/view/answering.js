/**
 * What is being answered, above the message box; Escape there, or its button, answers nothing.
 *
 * @import { Room } from "../session/room.js"
 * @import { Answering } from "../session/quotes.js"
 */

import { words } from "../words.js";
import { byId } from "./dom.js";

/**
 * What a person can do here: `answerNothing` writes a message that answers none.
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
      event.preventDefault(); // it closes nothing else
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
