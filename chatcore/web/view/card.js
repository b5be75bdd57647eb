/**
 * A person's card: who they are, and the available actions. It opens beside what was clicked, on a phone at the
 * bottom.
 *
 * It is in the document only while it is open.
 *
 * @import { Card } from "../session/card.js"
 * @import { Session } from "../session/session.js"
 * @import { Item } from "./dom.js"
 */

import { colourOf } from "../protocol/names.js";
import { DEEDS, offered } from "../session/deeds.js";
import { words } from "../words.js";
import { openDialog } from "./dialog.js";
import { byId, make, reconcile } from "./dom.js";
import { awayWords, moment } from "./presence.js";

const ROW_GAP_PX = 8;
const DOUBLE_CLICK_MS = 500; // a common system setting; the second click hits what the first has opened
const AREAS = /** @type {const} */ (["self", "person", "room", "chat"]);
const phone = matchMedia("(max-width: 719px)");

/**
 * The user's actions on a card; `text` is what they were asked for.
 * @typedef {{act: (deed: string, text: string | null) => void, closeCard: () => void}} CardActions
 */

/** Shows the open card of a session, if any. */
export class CardView {
  #openedAt = 0; // by the clock of events
  /** @type {Card | null} */
  #card = null;
  /** @type {Element | null} */
  #anchor = null; // the card opens beside it
  #asking = "";

  /** @param {CardActions} actions */
  constructor(actions) {
    this.actions = actions;
  }

  /**
   * Open the next card beside this element.
   * @param {Element | null} anchor
   */
  openBeside(anchor) {
    this.#anchor = anchor;
  }

  /** @param {Session} session */
  show(session) {
    const { card } = session;
    if (card !== this.#card) this.#replace(card, session);
    if (!card) return;
    const title = byId("card-name");
    title.textContent = card.nick;
    byId("card").className = `name-${colourOf(card.nick)}`;
    byId("card-avatar").textContent = [...card.nick][0]?.toUpperCase() ?? "";
    byId("card-role").textContent = rolesOf(session, card).join(", ");
    showAway(session, card);
    reconcile(byId("card-facts"), facts(session, card));
    byId("card-told").textContent = card.busy ? words.card.busy : card.told;
    byId("card-problem").textContent = card.problem;
    for (const area of AREAS) this.#showDeeds(session, card, area);
    if (card.asking !== this.#asking) this.#ask(card);
    this.#place();
  }

  /**
   * @param {Card | null} card
   * @param {Session} session
   */
  #replace(card, session) {
    const old = document.getElementById("card");
    const hadFocus = old?.contains(document.activeElement) === true;
    old?.remove();
    const isFirst = !this.#card;
    this.#card = card;
    this.#asking = "";
    if (!card) {
      const anchor = this.#anchor;
      this.#anchor = null;
      if (hadFocus && anchor instanceof HTMLElement && anchor.isConnected) anchor.focus();
      return;
    }
    if (isFirst && !this.#anchor) this.#anchor = document.activeElement;
    this.#openedAt = performance.now();
    const { actions } = this;
    const dialog = openDialog("card", { "aria-labelledby": "card-name" }, parts(), () => actions.closeCard());
    dialog.onclick = (event) => this.#clicked(event, dialog);
    for (const area of AREAS) this.#showDeeds(session, card, area);
    /** @type {HTMLElement | null} */ (dialog.querySelector(".card-deed"))?.focus(); // rather than the close button
  }

  /**
   * @param {Session} session
   * @param {Card} card
   * @param {typeof AREAS[number]} area
   */
  #showDeeds(session, card, area) {
    const names = offered(session, card).filter((name) => DEEDS[name]?.area === area);
    const items = names.map((name) => ({ key: name, look: name, build: () => this.#button(name) }));
    const box = byId(`card-${area}`);
    reconcile(box, items);
    const title = document.getElementById(`card-${area}-title`);
    if (title) title.hidden = !names.length;
    if (title && area === "room") title.textContent = words.card.inRoom(card.room?.name ?? "");
    for (const button of box.querySelectorAll("button"))
      button.setAttribute("aria-disabled", String(Boolean(card.busy)));
  }

  /** @param {string} name */
  #button(name) {
    const look = name === "write" ? "primary" : DEEDS[name]?.isGrave ? "grave" : "";
    const onclick = () => this.actions.act(name, null);
    return make(
      "button",
      { type: "button", class: `card-deed ${look}`, "data-deed": name, onclick },
      words.card.deeds[name] ?? name,
    );
  }

  /**
   * Ask for what an action needs, such as a reason.
   * @param {Card} card
   */
  #ask(card) {
    this.#asking = card.asking;
    const form = byId("card-form", HTMLFormElement);
    const asks = DEEDS[card.asking]?.asks;
    form.hidden = !asks;
    if (!asks) return;
    const field = byId("card-text", HTMLInputElement);
    field.value = asks === "name" ? card.nick : "";
    byId("card-label").textContent = words.card.asks[asks];
    const verb = byId("card-do");
    verb.textContent = words.card.deeds[card.asking] ?? "";
    verb.classList.toggle("grave", DEEDS[card.asking]?.isGrave === true);
    form.onsubmit = (event) => {
      event.preventDefault();
      this.actions.act(card.asking, field.value);
    };
    byId("card-cancel").onclick = () => {
      const { asking } = card;
      card.asking = "";
      this.#ask(card);
      this.#focusDeed(asking);
    };
    field.focus();
    field.select();
  }

  /** @param {string} name */
  #focusDeed(name) {
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (byId("card").querySelectorAll(".card-deed"));
    for (const button of buttons) if (button.dataset.deed === name) button.focus();
  }

  /**
   * Close the card on a click outside, unless that is the second click of a double click on a name.
   * @param {MouseEvent} event
   * @param {HTMLElement} dialog
   */
  #clicked({ target, timeStamp }, dialog) {
    const isClose = target instanceof Element && target.closest("#card-close");
    const isSecond = timeStamp - this.#openedAt < DOUBLE_CLICK_MS;
    if (target === dialog && isSecond) this.actions.act("write", null);
    else if (target === dialog || isClose) this.actions.closeCard();
  }

  /** Place it beside what was clicked, within the window. */
  #place() {
    const { style, offsetWidth, offsetHeight } = byId("card");
    if (phone.matches || !this.#anchor?.isConnected) {
      style.left = style.top = "";
      return;
    }
    const beside = this.#anchor.getBoundingClientRect();
    const isLeft = beside.left > innerWidth / 2;
    const x = isLeft ? beside.left - offsetWidth - ROW_GAP_PX : Math.min(beside.right, beside.left + 160) + ROW_GAP_PX;
    style.left = `${Math.max(ROW_GAP_PX, Math.min(x, innerWidth - offsetWidth - ROW_GAP_PX))}px`;
    style.top = `${Math.max(ROW_GAP_PX, Math.min(beside.top, innerHeight - offsetHeight - ROW_GAP_PX))}px`;
  }
}

/** Return the contents of a card. */
function parts() {
  const area = (/** @type {string} */ name) => make("div", { id: `card-${name}`, class: "card-deeds" });
  const title = (/** @type {string} */ name, /** @type {string} */ text) =>
    make("h3", { id: `card-${name}-title` }, text);
  return [
    make(
      "header",
      {},
      make("span", { id: "card-avatar", class: "avatar", "aria-hidden": "true" }),
      make("h2", { id: "card-name", class: "nick", dir: "auto" }),
      make(
        "button",
        { id: "card-close", type: "button", class: "icon", "aria-label": words.card.close, title: words.card.close },
        "\u2715",
      ),
    ),
    make("p", { id: "card-role", class: "quiet" }),
    make("p", { id: "card-away" }),
    make("dl", { id: "card-facts" }),
    make("p", { id: "card-told", role: "status" }),
    make("p", { id: "card-problem", class: "problem", role: "alert" }),
    area("self"),
    area("person"),
    title("room", ""),
    area("room"),
    title("chat", words.card.inChat),
    area("chat"),
    form(),
  ];
}

function form() {
  return make(
    "form",
    { id: "card-form", hidden: true },
    make("label", { id: "card-label", for: "card-text" }),
    make("input", { id: "card-text", autocomplete: "off", maxlength: "300", "aria-describedby": "card-problem" }),
    make(
      "p",
      { class: "choice" },
      make("button", { id: "card-cancel", type: "button" }, words.card.cancel),
      make("button", { id: "card-do", type: "submit", class: "primary" }),
    ),
  );
}

/**
 * Return the facts about somebody in words.
 * @param {Session} session
 * @param {Card} card
 */
function rolesOf(session, card) {
  if (card.state === "asking") return [words.card.asking];
  if (card.state === "gone") return [words.card.gone];
  const role = words.members.roles[card.prefix];
  return [
    session.isMe(card.nick) ? words.card.you : "",
    role && card.room ? words.card.role(role, card.room.name) : "",
    card.facts.isOperator ? words.card.ircOperator : "",
    card.facts.isBot ? words.card.bot : "",
    session.ignored.has(card.nick) ? words.card.isIgnored : "",
    card.isBanned ? words.card.isBanned : "",
    card.isMuted ? words.card.isMuted : "",
  ].filter((word) => word);
}

/**
 * @param {Session} session
 * @param {Card} card
 */
function showAway(session, { nick }) {
  const isMe = session.isMe(nick);
  const person = isMe ? session.me : session.people.get(nick);
  byId("card-away").textContent = person?.isAway ? awayWords(isMe ? "" : nick, person) : "";
}

/**
 * @param {Session} session
 * @param {Card} card
 * @returns {Item[]}
 */
function facts(session, { nick, state, facts: { account, realname, address, activeAt, cameAt, rooms } }) {
  if (state !== "known") return [];
  /** @type {[string, string][]} */
  const rows = [
    [words.card.account, account || (session.isMe(nick) ? session.account : "") || words.card.noAccount],
    [words.card.realname, realname === nick ? "" : realname],
    [words.card.active, activeAt ? moment(activeAt) : ""],
    [words.card.came, cameAt ? moment(cameAt) : ""],
    [words.card.rooms, session.isMe(nick) ? "" : rooms.join(", ")],
    [words.card.address, address],
  ];
  return rows
    .filter(([, value]) => value)
    .map(([name, value]) => ({
      key: name,
      look: value,
      build: () => make("div", {}, make("dt", {}, name), make("dd", { dir: "auto" }, value)),
    }));
}
