/**
 * The bell's menu: what the user is notified of in a room, and whether this page notifies at all.
 *
 * @import { Room } from "../session/room.js"
 * @import { Level } from "../session/noticing.js"
 * @import { Session } from "../session/session.js"
 */

import { LEVELS } from "../session/noticing.js";
import { words } from "../words.js";
import { closeDialog, openDialog } from "./dialog.js";
import { byId, make } from "./dom.js";

const phone = matchMedia("(max-width: 719px)"); // there it opens at the bottom

/**
 * The user's choices, and the state of the switch: `problem` says in words why it cannot be turned on.
 * @typedef {{level: (room: Room, level: Level) => void, turnNotices: (isOn: boolean) => void}} NoticeActions
 * @typedef {{isOn: boolean, problem: string}} Switch
 */

/** The bell, and its menu. */
export class NoticesView {
  /** @type {Room | null} */
  #room = null;

  /** @param {NoticeActions} actions */
  constructor(actions) {
    this.actions = actions;
    byId("room-notify").onclick = () => this.#open();
    byId("notify").onclick = () => actions.turnNotices(byId("notify").getAttribute("aria-checked") !== "true");
    byId("notify-hint").textContent = words.notices.pageHint;
  }

  /**
   * @param {Session} session
   * @param {Switch} state
   */
  show(session, state) {
    const room = session.current;
    if (room !== this.#room) document.getElementById("notices")?.remove();
    this.#room = room;
    const bell = byId("room-notify");
    bell.hidden = !room;
    turn(byId("notify"), state.isOn);
    if (!room) return;
    const level = session.levels.of(room.name);
    if (bell.dataset.level !== level) {
      bell.dataset.level = level;
      bell.title = words.notices.button(words.notices.levels[level]);
      bell.setAttribute("aria-label", bell.title);
    }
    if (document.getElementById("notices")) fill(room, level, state);
  }

  #open() {
    const room = this.#room;
    if (!room) return;
    const close = () => closeDialog(menu);
    const parts = this.#build(room, close);
    const menu = openDialog("notices", { "aria-label": words.notices.title }, parts, close, true);
    if (!phone.matches) {
      const { right, bottom } = byId("room-notify").getBoundingClientRect();
      menu.style.right = `${Math.max(8, innerWidth - right)}px`;
      menu.style.top = `${bottom + 4}px`;
    }
    this.actions.level(room, /** @type {Level} */ (byId("room-notify").dataset.level)); // fills the menu
  }

  /**
   * @param {Room} room
   * @param {() => void} close
   */
  #build(room, close) {
    const legend = room.isPrivate ? words.notices.from(room.name) : words.notices.inRoom(room.name);
    const choices = LEVELS.filter((level) => !room.isPrivate || level !== "mentions"); // each message is one
    const levels = choices.map((level) =>
      make(
        "label",
        {},
        make("input", { type: "radio", name: "level", value: level, onchange: () => this.actions.level(room, level) }),
        make("span", {}, words.notices.levels[level]),
      ),
    );
    return [
      make("fieldset", {}, make("legend", {}, legend), ...levels),
      make("p", { id: "notices-muted", class: "quiet" }),
      make(
        "button",
        {
          id: "notices-switch",
          type: "button",
          role: "switch",
          "aria-checked": "false",
          "aria-describedby": "notices-hint notices-problem",
          onclick: () => this.actions.turnNotices(byId("notices-switch").getAttribute("aria-checked") !== "true"),
        },
        make("span", {}, words.notices.page),
        make("span", { class: "knob", "aria-hidden": "true" }),
      ),
      make("p", { id: "notices-hint", class: "quiet" }, words.notices.pageHint, " ", words.notices.kept),
      make("p", { id: "notices-problem", class: "problem", role: "status" }),
      make("button", { id: "notices-close", type: "button", onclick: close }, words.notices.close),
    ];
  }
}

/**
 * @param {Room} room
 * @param {Level} level
 * @param {Switch} state
 */
function fill(room, level, { isOn, problem }) {
  for (const input of byId("notices").querySelectorAll("input")) input.checked = input.value === level;
  byId("notices-muted").textContent = level === "nothing" && !room.isPrivate ? words.notices.muted : "";
  turn(byId("notices-switch"), isOn);
  byId("notices-problem").textContent = problem;
}

/**
 * @param {HTMLElement} button
 * @param {boolean} isOn
 */
function turn(button, isOn) {
  if (button.getAttribute("aria-checked") !== String(isOn)) button.setAttribute("aria-checked", String(isOn));
}
