/**
 * The question before many lines are sent: in the document only while it is open.
 */

import { words } from "../words.js";
import { closeDialog, openDialog } from "./dialog.js";
import { make } from "./dom.js";

const MOST_SHOWN = 6; // lines
const MANY = 20; // messages, one after another

/**
 * What to do with the lines: send them as one message, one each, put them into the box, or drop them.
 * @typedef {"together" | "apart" | "edit" | ""} Way
 */

/**
 * Ask what to do with the lines.
 * @param {string[]} lines
 * @param {string} place the room's name
 * @param {number} messages how many they would be together; the number of lines if they cannot be joined
 * @param {(way: Way) => void} answer
 */
export function askHow(lines, place, messages, answer) {
  if (document.getElementById("pasting")) return;
  const { length } = lines;
  const shown = [...lines.slice(0, MOST_SHOWN), ...(length > MOST_SHOWN ? [words.pasting.more] : [])].join("\n");
  const close = (/** @type {Way} */ way) => {
    closeDialog(dialog);
    answer(way);
  };
  const button = (/** @type {Way} */ way, /** @type {string} */ text, kind = "") =>
    make("button", { type: "button", class: kind, "data-way": way, onclick: () => close(way) }, text);
  const isTogether = messages < length;
  const card = make(
    "div",
    { class: "card" },
    make("h2", { id: "pasting-title" }, words.pasting.title(length, place)),
    make("pre", { class: "quiet" }, shown),
    length > MANY ? make("p", {}, words.pasting.many(length)) : "",
    make(
      "p",
      { class: "choice" },
      isTogether ? button("together", words.pasting.together(messages), "primary") : "",
      button("apart", words.pasting.apart(length)),
      button("edit", words.pasting.edit),
      button("", words.common.cancel),
    ),
  );
  const dialog = openDialog("pasting", { "aria-labelledby": "pasting-title" }, [card], () => close(""));
  const first = dialog.querySelector(isTogether ? "[data-way=together]" : "[data-way=edit]");
  if (first instanceof HTMLElement) first.focus();
}
