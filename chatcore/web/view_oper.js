/**
 * The dialog that asks for the password of an IRC operator: part of the page only while it is open.
 *
 * @import { Session } from "./session.js"
 */

import { byId, make } from "./dom.js";

/**
 * Ask, if that is wanted; `answer` is given the password, or '' for none.
 * @param {Session} session
 * @param {(password: string) => void} answer
 */
export function showOper({ orders: { operator } }, answer) {
  if (!operator || document.getElementById("oper")) return;
  const words = `Password of the IRC operator ${operator}`;
  const form = make(
    "form",
    { class: "card" },
    make("label", { for: "oper-password" }, words),
    make("input", { id: "oper-password", type: "password", autocomplete: "off" }),
    make(
      "p",
      { class: "choice" },
      make("button", { type: "button", onclick: () => close("") }, "Cancel"),
      make("button", { type: "submit", class: "primary" }, "Become operator"),
    ),
  );
  byId("chat").append(make("dialog", { id: "oper", "aria-label": "Become an IRC operator" }, form));
  const dialog = byId("oper", HTMLDialogElement);
  const close = (/** @type {string} */ password) => {
    dialog.close(); // gives the focus back
    dialog.remove();
    answer(password);
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    close(byId("oper-password", HTMLInputElement).value);
  };
  dialog.oncancel = (event) => {
    event.preventDefault();
    close("");
  };
  dialog.showModal();
}
