/**
 * The frame of the chat: heading, banner, drawers, colours. Its parts have files of their own.
 *
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { FinderActions } from "./finder.js"
 * @import { AnsweringActions } from "./answering.js"
 * @import { LogActions } from "./log.js"
 * @import { PeopleActions } from "./people.js"
 * @import { MenuActions } from "./menu.js"
 * @import { ObstacleActions } from "./obstacle.js"
 * @import { RefusalActions } from "./refused.js"
 * @import { RoomActions } from "./rooms.js"
 * @import { SearchActions } from "./search.js"
 * @import { SwitcherActions } from "./switcher.js"
 */

import { exportText } from "../session/export.js";
import { words } from "../words.js";
import { AnsweringView } from "./answering.js";
import { showAway } from "./away.js";
import { Composer } from "./composer.js";
import { attempt, byId, isGone, make, setAttribute, setText } from "./dom.js";
import { FinderView } from "./finder.js";
import { LogView } from "./log.js";
import { showObstacle } from "./obstacle.js";
import { PeopleView } from "./people.js";
import { showRefusal } from "./refused.js";
import { revealRoom, showRooms, wireJoinForm } from "./rooms.js";
import { SearchView } from "./search.js";
import { showSecret } from "./secret.js";
import { showShare } from "./share.js";
import { openSwitcher } from "./switcher.js";
import { showTab } from "./tab.js";
import { wireTheme } from "./theme.js";
import { EntryTools } from "./tools.js";
import { TopicView } from "./topic.js";
import { typingText } from "./typing.js";

const TOAST_MS = 6000;
const narrow = matchMedia("(max-width: 719px)");
const medium = matchMedia("(max-width: 1023px)");

/**
 * The user's actions; `typed` gets the text that was sent, `apart` lines that are each a message, `typing` the current
 * text of the message box.
 * @typedef {LogActions & PeopleActions & MenuActions & AnsweringActions & SearchActions &
 *   RoomActions & RefusalActions & ObstacleActions & { endAway: () => void } & FinderActions &
 *   SwitcherActions & {
 *   talk: (nick: string) => void, leave: () => void, step: (direction: 1 | -1) => void, goToUnread: () => void,
 *   typed: (text: string) => void, apart: (lines: string[]) => void, typing: (text: string) => void, copyRoomLink: () => void,
 *   quit: () => void, exportMore: () => void, exportStop: () => void, oper: (password: string) => void,
 *   register: (password: string) => void, invite: () => void, shared: (told: string) => void,
 * }} Actions
 */

/** Shows a session. */
export class View {
  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.logView = new LogView(actions);
    this.searchView = new SearchView(actions);
    this.topicView = new TopicView(() => ({ ...actions.reader(), join: actions.join }));
    this.answeringView = new AnsweringView(actions);
    this.entryTools = new EntryTools(actions);
    this.finderView = new FinderView(actions, () => this.focusText());
    this.peopleView = new PeopleView(actions);
    this.composer = new Composer({
      typing: actions.typing,
      apart: (lines) => {
        this.logView.isAtEnd = true;
        actions.apart(lines);
      },
      page: (direction) => this.logView.page(direction),
      typed: (text) => {
        this.logView.isAtEnd = true;
        actions.typed(text);
      },
    });
    /** @type {Room | null} */
    this.room = null;
    /** @type {"rooms" | "members" | ""} */
    this.drawer = "";
    this.toastTimer = 0;
    this.#wireButtons();
    this.#wireKeys();
    for (const media of [narrow, medium]) media.addEventListener("change", () => this.openDrawer(""));
    this.openDrawer("");
    wireTheme();
  }

  /**
   * Show the current state of the session.
   * @param {Session} session
   */
  show(session) {
    const room = session.current;
    const isElsewhere = room !== this.room;
    if (isElsewhere) this.openDrawer("");
    this.room = room;
    const focused = document.activeElement;
    const isInLog = focused?.closest("#log"); // the log restores the focus itself
    for (const show of this.#parts(session, room, isElsewhere)) attempt(show);
    if (focused && !isInLog && isGone(focused)) this.composer.focus(); // such as a button that disappears after use
  }

  /**
   * Return the functions that show the parts of the page; each runs even if another one fails.
   * @param {Session} session
   * @param {Room | null} room
   * @param {boolean} isElsewhere
   */
  #parts(session, room, isElsewhere) {
    return [
      () => this.composer.show(session),
      () => this.answeringView.show(room),
      () => showObstacle(session, this.actions),
      () => showAway(session, this.actions),
      () => showRooms(session, this.actions),
      () => isElsewhere && revealRoom(),
      () => this.finderView.show(session),
      () => this.peopleView.show(session),
      () => this.logView.show(room, session),
      () => this.searchView.show(session),
      () => this.#layOut(),
      () => showExport(session),
      () => showSecret(session, this.actions),
      () => showShare(session, this.actions),
      () => showRefusal(session, this.actions),
      () => showHeading(session, room),
      () => this.topicView.show(session),
      () => showTab(session),
    ];
  }

  /**
   * Show the state of the connection.
   * @param {string} text '' to hide the banner
   * @param {string} button its label, '' for none
   * @param {(() => void) | null} onclick
   */
  banner(text, button = "", onclick = null) {
    byId("banner-text").textContent = text;
    byId("banner").hidden = !text;
    byId("banner-count").textContent = "";
    byId("banner-elsewhere").replaceChildren();
    Object.assign(byId("banner-button"), { textContent: button, hidden: !button, onclick });
  }

  /**
   * Count down in the banner; screen readers skip it.
   * @param {number} seconds
   */
  count(seconds) {
    byId("banner-count").textContent = words.state.inSeconds(seconds);
  }

  /**
   * Show the chat's other pages in the banner.
   * @param {string[]} pages
   */
  elsewhere(pages) {
    const links = pages.map((page) => make("a", { href: page, rel: "noreferrer" }, new URL(page).host));
    const listed = links.flatMap((link, number) => [number ? ", " : " ", link]);
    byId("banner-elsewhere").replaceChildren(words.state.elsewhere, ...listed);
  }

  /**
   * Show a message for a moment.
   * @param {string} text
   */
  toast(text) {
    const toast = byId("toast");
    toast.textContent = text;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => toast.replaceChildren(), TOAST_MS);
  }

  /** Focus the message box, except where that would open an on-screen keyboard. */
  focusText() {
    this.composer.focus();
  }

  /**
   * Open a drawer of a narrow page; '' closes it.
   * @param {"rooms" | "members" | ""} name
   */
  openDrawer(name) {
    const before = this.drawer;
    this.drawer = name;
    for (const [id, media] of Object.entries({ rooms: narrow, members: medium })) {
      byId(id).classList.toggle("open", name === id);
      byId(id).inert = media.matches && name !== id;
      byId(`show-${id}`).setAttribute("aria-expanded", String(name === id));
    }
    this.#layOut();
    byId("shade").hidden = !name;
    if (name) byId(name).querySelector("button")?.focus();
    else if (before) byId(`show-${before}`).focus();
  }

  /** Keep the keyboard focus out of covered parts. */
  #layOut() {
    const isCovered = this.searchView.isOpen && narrow.matches;
    byId("talk").inert = Boolean(this.drawer) || isCovered;
  }

  #wireButtons() {
    const { actions } = this;
    byId("show-rooms").onclick = () => this.openDrawer("rooms");
    byId("show-members").onclick = () => this.openDrawer("members");
    byId("shade").onclick = () => this.openDrawer("");
    byId("skip").onclick = () => this.composer.text.focus();
    byId("copy-link").onclick = () => actions.copyRoomLink();
    byId("leave-room").onclick = () => actions.leave();
    byId("quit").onclick = () => actions.quit();
    byId("export-more").onclick = () => actions.exportMore();
    byId("export-stop").onclick = () => actions.exportStop();
    wireJoinForm(actions);
  }

  #wireKeys() {
    document.addEventListener("keydown", (event) => {
      if (byId("chat").hidden || document.querySelector("dialog[open]")) return;
      if (event.key === "Escape" && this.drawer) this.openDrawer("");
      else if (event.key === "Escape" && this.searchView.isOpen) this.actions.closeSearch(true);
      if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        this.actions.step(event.key === "ArrowDown" ? 1 : -1);
      }
      if (event.altKey && event.code === "KeyA") {
        event.preventDefault();
        this.actions.goToUnread();
      }
    });
    document.addEventListener("keydown", (event) => {
      const isCalled = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
      if (!isCalled || byId("chat").hidden || document.querySelector("dialog[open]:not(#switcher)")) return;
      event.preventDefault();
      openSwitcher(this.actions);
    });
  }
}

/**
 * Show the room's name, who is typing in it, and its buttons.
 * @param {Session} session
 * @param {Room | null} room
 */
function showHeading({ finding }, room) {
  setText(byId("room-name"), room?.name ?? (finding.isOpen ? words.finder.title : words.room.none));
  setText(byId("typing"), typingText(room));
  byId("copy-link").hidden = !room || room.isPrivate;
  byId("leave-room").hidden = !room;
  const leave = room?.isPrivate ? words.room.close : words.room.leave;
  for (const name of ["aria-label", "title"]) setAttribute(byId("leave-room"), name, leave);
}

/**
 * Show the progress of an export, if there is one.
 * @param {Session} session
 */
function showExport({ export: current }) {
  byId("exporting").hidden = !current;
  byId("export-text").textContent = current ? exportText(current) : "";
  byId("export-more").hidden = !current?.problem;
}
