/** The frame of the chat: heading, banner, message box, drawers, colours. The parts are in view_log and view_lists. */

import { byId } from "./dom.js";
import { isCommand } from "./slash.js";
import { LogView, typingText } from "./view_log.js";
import { showMembers, showRooms } from "./view_lists.js";

const THEME = "chat-theme"; // kept by the browser; nothing else is
const TOAST_MS = 6000;
const narrow = matchMedia("(max-width: 719px)");
const medium = matchMedia("(max-width: 1023px)");
const isDark = matchMedia("(prefers-color-scheme: dark)");

/** Shows a session. `actions` are what a person can do; see app.js. */
export class View {
  constructor(actions) {
    this.actions = actions;
    this.logView = new LogView(actions);
    this.room = null;
    this.drawer = "";
    this.toastTimer = 0;
    this.#wireComposer();
    this.#wireButtons();
    this.#wireKeys();
    for (const media of [narrow, medium]) media.addEventListener("change", () => this.openDrawer(""));
    this.openDrawer("");
    this.#applyTheme(stored());
  }

  /** Show the session as it is now. */
  show(session) {
    const room = session.current;
    if (room !== this.room) this.#enter(room);
    showRooms(session, (chosen) => this.actions.open(chosen));
    showMembers(room, session, (nick) => this.actions.talk(nick));
    this.logView.show(room, session);
    byId("room-name").textContent = room?.name ?? "No room";
    byId("topic").textContent = room?.isPrivate ? "Private conversation" : (room?.topic ?? "");
    byId("topic").title = room?.topic ?? "";
    byId("typing").textContent = typingText(room);
    byId("me").textContent = session.nick;
    byId("copy-link").hidden = !room || room.isPrivate;
    byId("leave-room").hidden = !room;
    const leave = room?.isPrivate ? "Close this conversation" : "Leave this room";
    byId("leave-room").setAttribute("aria-label", leave);
    byId("leave-room").title = leave;
    const unread = [...session.rooms.values()].reduce((sum, { unread: count }) => sum + count, 0);
    document.title = `${unread ? `(${unread}) ` : ""}${room?.name ?? "Chat"}`;
  }

  /** Say how the connection is; '' when it is well. `button` is what can be done. */
  banner(text, button = "", onclick = null) {
    byId("banner-text").textContent = text;
    byId("banner").classList.toggle("shown", Boolean(text));
    Object.assign(byId("banner-button"), { textContent: button, hidden: !button, onclick });
  }

  /** Say something for a moment. */
  toast(text) {
    byId("toast").textContent = text;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => (byId("toast").textContent = ""), TOAST_MS);
  }

  /** Put the cursor into the message box, but where that would open a keyboard on the screen. */
  focusText() {
    if (!matchMedia("(pointer: coarse)").matches) byId("text").focus();
  }

  /** Open the drawer 'rooms' or 'members' of a narrow page; '' closes it. */
  openDrawer(name) {
    const before = this.drawer;
    this.drawer = name;
    for (const [id, media] of [["rooms", narrow], ["members", medium]]) {
      byId(id).classList.toggle("open", name === id);
      byId(id).inert = media.matches && name !== id;
      byId(`show-${id}`).setAttribute("aria-expanded", String(name === id));
    }
    byId("talk").inert = Boolean(name);
    byId("shade").hidden = !name;
    if (name) byId(name).querySelector("button")?.focus();
    else if (before) byId(`show-${before}`).focus();
  }

  #enter(room) {
    if (this.room) this.room.draft = byId("text").value;
    this.room = room;
    byId("text").value = room?.draft ?? "";
    const label = room ? `Message to ${room.name}` : "Message";
    byId("text-label").textContent = label;
    byId("text").placeholder = label;
    byId("text").disabled = !room;
    grow(byId("text"));
    this.openDrawer("");
  }

  #wireComposer() {
    const text = byId("text");
    byId("composer").onsubmit = (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      const typed = text.value;
      text.value = "";
      grow(text);
      this.logView.isAtEnd = true;
      this.actions.typed(typed);
      text.focus();
    };
    text.oninput = () => {
      grow(text);
      this.actions.typing(text.value);
    };
    text.onpaste = (event) => {
      // Several lines are text for the room, which what follows a typed `/msg bob ` must not be: they become one.
      const pasted = event.clipboardData.getData("text/plain").trim();
      if (!/[\r\n]/.test(pasted) || !isCommand(text.value.slice(0, text.selectionStart))) return;
      event.preventDefault();
      text.setRangeText(pasted.replace(/[\r\n]+/g, " "), text.selectionStart, text.selectionEnd, "end");
      text.oninput();
    };
    text.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        byId("composer").requestSubmit();
      }
      if (event.key === "PageUp" || event.key === "PageDown") {
        event.preventDefault();
        this.logView.page(event.key === "PageUp" ? -1 : 1);
      }
    };
  }

  #wireButtons() {
    const { actions } = this;
    byId("show-rooms").onclick = () => this.openDrawer("rooms");
    byId("show-members").onclick = () => this.openDrawer("members");
    byId("shade").onclick = () => this.openDrawer("");
    byId("skip").onclick = () => byId("text").focus();
    byId("copy-link").onclick = () => actions.copyLink();
    byId("leave-room").onclick = () => actions.leave();
    byId("quit").onclick = () => actions.quit();
    byId("notify").onclick = () => actions.notify();
    byId("theme").onclick = () => this.#applyTheme(this.isDark ? "light" : "dark", true);
    byId("join-form").onsubmit = (event) => {
      event.preventDefault();
      const name = byId("join-room").value.trim();
      byId("join-room").value = "";
      if (name) actions.join(name);
      else byId("join-room").focus();
    };
  }

  #wireKeys() {
    document.addEventListener("keydown", (event) => {
      if (byId("chat").hidden) return;
      if (event.key === "Escape" && this.drawer) this.openDrawer("");
      if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        this.actions.step(event.key === "ArrowDown" ? 1 : -1);
      }
    });
  }

  #applyTheme(theme, isChosen = false) {
    this.isDark = theme ? theme === "dark" : isDark.matches;
    if (theme) document.documentElement.dataset.theme = theme;
    byId("theme").setAttribute("aria-pressed", String(this.isDark));
    if (!isChosen) return;
    try {
      localStorage.setItem(THEME, theme);
    } catch {
      // a browser that keeps nothing: it holds until the page is closed
    }
  }
}

function stored() {
  try {
    const theme = localStorage.getItem(THEME);
    return theme === "dark" || theme === "light" ? theme : "";
  } catch {
    return "";
  }
}

/** Make the message box as high as its text, up to the limit of the style sheet. */
function grow(text) {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
}
