/**
 * What the page shows about people apart from their messages: members, cards, who is away, and notifications.
 *
 * @import { Session } from "../session/session.js"
 * @import { CardActions } from "./card.js"
 * @import { NoticeActions, Switch } from "./notices.js"
 */

import { CardView } from "./card.js";
import { byId } from "./dom.js";
import { MembersView } from "./members.js";
import { NoticesView } from "./notices.js";
import { showPresence } from "./presence.js";

/**
 * The user's actions on others; `person` opens a card, `notices` returns the state of the notification switch.
 * @typedef {CardActions & NoticeActions & {
 *   person: (nick: string) => void, redraw: () => void, notices: () => Switch,
 * }} PeopleActions
 */

/** Shows the people of a session. */
export class PeopleView {
  /** @param {PeopleActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.card = new CardView(actions);
    this.notices = new NoticesView(actions);
    const choose = (/** @type {string} */ nick) => this.#open(nick, document.activeElement);
    this.members = new MembersView(choose, () => actions.act("write", null), actions.redraw);
    byId("me").onclick = () => this.#open(this.me, byId("me"));
    byId("show-person").onclick = () => this.#open(this.partner, byId("show-person"));
    byId("log").addEventListener("click", (event) => this.#chooseName(event));
    this.me = "";
    this.partner = ""; // in the current private conversation
  }

  /** @param {Session} session */
  show(session) {
    const { current: room } = session;
    this.me = session.nick;
    this.partner = room?.isPrivate ? room.name : "";
    byId("show-person").hidden = !this.partner;
    this.members.show(session.current, session);
    showPresence(session);
    this.card.show(session);
    this.notices.show(session, this.actions.notices());
  }

  /**
   * @param {string} nick
   * @param {Element | null} anchor
   */
  #open(nick, anchor) {
    this.card.openBeside(anchor);
    this.actions.person(nick);
  }

  /**
   * Open the card of a name that was clicked in a message, unless the click ended a selection.
   * @param {MouseEvent} event
   */
  #chooseName({ target }) {
    const name = target instanceof Element && target.closest("[data-nick]");
    if (!(name instanceof HTMLElement) || !getSelection()?.isCollapsed) return;
    this.#open(name.dataset.nick ?? "", name);
  }
}
