/**
 * A field that jumps to a room or person by a few letters (Ctrl+K): in the document only while it is open.
 *
 * @import { Item } from "./dom.js"
 * @import { Destination } from "../session/switching.js"
 */

import { colourOf } from "../protocol/names.js";
import { words } from "../words.js";
import { Choices } from "./choices.js";
import { closeDialog, openDialog } from "./dialog.js";
import { make } from "./dom.js";

/**
 * The actions it needs: look up a few letters, and go to a destination.
 * @typedef {{lookUp: (typed: string) => Destination[], goTo: (to: Destination) => void}} SwitcherActions
 */

/**
 * Open it, or close it if it is open.
 * @param {SwitcherActions} actions
 */
export function openSwitcher({ lookUp, goTo }) {
  const open = document.getElementById("switcher");
  if (open) {
    open.dispatchEvent(new Event("cancel", { cancelable: true }));
    return;
  }
  const input = /** @type {HTMLInputElement} */ (
    make("input", {
      id: "switcher-text",
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      enterkeyhint: "go",
      "aria-label": words.switcher.label,
      placeholder: words.switcher.placeholder,
    })
  );
  const list = make("ul", { id: "switcher-list", "aria-label": words.switcher.list });
  const status = make("p", { class: "quiet", role: "status" });
  const form = make("div", { class: "card" }, input, list, status);
  /** @type {Destination[]} */
  let found = [];
  const close = () => closeDialog(dialog);
  const choices = new Choices(input, list, {
    typed: show,
    choose(key) {
      const to = found.find((each) => keyOf(each) === key);
      close();
      if (to) goTo(to);
    },
  });
  const dialog = openDialog("switcher", { "aria-label": words.switcher.title }, [form], close, true);
  show("");

  /** @param {string} typed */
  function show(typed) {
    found = lookUp(typed);
    choices.show(found.map(asItem));
    list.scrollTop = 0;
    status.textContent = found.length ? "" : words.switcher.none;
  }
}

/** @param {Destination} to */
function keyOf({ kind, name }) {
  return `${kind} ${name}`;
}

/**
 * @param {Destination} to
 * @returns {Item}
 */
function asItem(to) {
  const { kind, name, room } = to;
  const told = { room: name, person: name, join: words.switcher.join(name), write: words.switcher.write(name) }[kind];
  const colour = kind === "person" || kind === "write" ? `name-${colourOf(name)}` : "";
  const build = () =>
    make(
      "li",
      { class: `${colour} ${room?.isMentioned ? "mentioned" : ""}` },
      make("span", { class: "label", dir: "auto" }, told),
      kind === "person" ? make("span", { class: "quiet" }, words.switcher.private) : "",
      room?.unread ? make("span", { class: "badge" }, words.switcher.unread(room.unread)) : "",
    );
  return { key: keyOf(to), look: JSON.stringify([told, room?.unread, room?.isMentioned]), build };
}
