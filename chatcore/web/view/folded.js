/**
 * Joins and parts: folded into one line with the result, each shown after a click.
 *
 * @import { Entry } from "../session/entries.js"
 */

import { make } from "./dom.js";

/** @type {WeakSet<Entry>} */
const opened = new WeakSet(); // entries that are unfolded

/**
 * Build the line.
 * @param {Entry} entry
 * @param {(time: number | undefined) => HTMLElement | string} timeOf
 */
export function buildFolded(entry, timeOf) {
  const { kind, text, time, comings = [] } = entry;
  const list = make("ul", {});
  const button = make("button", { type: "button", class: "folded", dir: "auto", onclick: toggle }, text);
  show();
  function toggle() {
    if (!opened.delete(entry)) opened.add(entry);
    show();
    list.scrollIntoView({ block: "nearest" });
  }
  function show() {
    const isOpen = opened.has(entry);
    const told = isOpen ? comings : [];
    button.setAttribute("aria-expanded", String(isOpen));
    list.hidden = !isOpen;
    list.replaceChildren(
      ...told.map((coming) =>
        make("li", {}, make("span", { dir: "auto" }, coming.text), " ", timeOf(coming.time || time)),
      ),
    );
  }
  return make("div", { class: `told ${kind}` }, button, timeOf(comings.at(-1)?.time || time), list);
}
