/**
 * The dialog about a room that the user may not enter: why, and what helps. In the document only while it is open.
 *
 * @import { Refusal } from "../session/refusal.js"
 * @import { Session } from "../session/session.js"
 */

import { words } from "../words.js";
import { closeDialog, openDialog } from "./dialog.js";
import { make } from "./dom.js";

/**
 * The user's actions: try to enter (with a key or ''), ask somebody who may help, or close the dialog.
 * @typedef {{
 *   enter: (name: string, key: string) => void, askHelper: (nick: string) => void, closeRefusal: () => void,
 * }} RefusalActions
 */

let shown = ""; // what the dialog says

/**
 * Show why a room was not entered, if so.
 * @param {Session} session
 * @param {RefusalActions} actions
 */
export function showRefusal({ refusal, nick }, actions) {
  const look = JSON.stringify(refusal);
  if (look === shown) return;
  shown = look;
  const open = document.getElementById("refused");
  if (!refusal) {
    closeDialog(open);
    return;
  }
  const dialog =
    open ?? openDialog("refused", { "aria-labelledby": "refused-title" }, [], () => actions.closeRefusal());
  dialog.replaceChildren(form(refusal, nick, actions));
  const first =
    dialog.querySelector("input") ?? dialog.querySelector("button.primary") ?? dialog.querySelector("button");
  if (first instanceof HTMLElement) first.focus();
}

/**
 * @param {Refusal} refusal
 * @param {string} nick our own
 * @param {RefusalActions} actions
 */
function form(refusal, nick, { enter, askHelper, closeRefusal }) {
  const { name, kind, isKeyed, helpers, inviter } = refusal;
  const isAsked = kind === "key" && !inviter;
  const key = make("input", {
    id: "refused-key",
    type: "password",
    autocomplete: "off",
    "aria-describedby": "refused-problem",
  });
  const verb = isAsked || inviter ? words.common.join(name) : words.refused.again;
  const built = make(
    "form",
    { class: "card" },
    make("h2", { id: "refused-title" }, words.refused.title(name)),
    make("p", {}, reasonOf(refusal, nick)),
    ...(isAsked ? [make("label", { for: "refused-key" }, words.refused.key(name)), key] : []),
    make(
      "p",
      { id: "refused-problem", class: "problem", role: "alert" },
      isAsked && isKeyed ? words.refused.wrongKey : "",
    ),
    ...(inviter ? [] : helpers.map((helper) => helperButton(helper, () => askHelper(helper)))),
    make(
      "p",
      { class: "choice" },
      make("button", { type: "button", onclick: closeRefusal }, words.common.cancel),
      make("button", { type: "submit", class: "primary" }, verb),
    ),
  );
  built.onsubmit = (event) => {
    event.preventDefault();
    enter(name, key instanceof HTMLInputElement ? key.value.trim() : "");
  };
  return built;
}

/**
 * @param {Refusal} refusal
 * @param {string} nick
 */
function reasonOf({ name, kind, text, inviter }, nick) {
  if (inviter) return words.refused.invited(inviter, name);
  if (kind === "key") return words.refused.hasKey(name);
  if (kind === "invitation") return words.refused.invitation(name, nick);
  return {
    banned: words.refused.banned(name),
    full: words.refused.full(name),
    account: words.refused.account(name),
    many: `${text} ${words.refused.many}`,
    other: text,
  }[kind];
}

/**
 * @param {string} nick
 * @param {() => void} onclick
 */
function helperButton(nick, onclick) {
  return make("button", { type: "button", class: "plain", onclick }, words.switcher.write(nick));
}
