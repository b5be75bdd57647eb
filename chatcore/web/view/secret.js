/**
 * The dialogs that ask for a password: in the document only while they are open.
 *
 * @import { Session } from "../session/session.js"
 */

import { words } from "../words.js";
import { closeDialog, openDialog } from "./dialog.js";
import { byId, make } from "./dom.js";

/**
 * Ask for the password that is wanted, if any; the action gets it, or '' for none.
 * @param {Session} session
 * @param {{oper: (password: string) => void, register: (password: string) => void}} answers
 */
export function showSecret({ orders: { operator, isRegistering }, nick }, { oper, register }) {
  const { secret } = words;
  if (operator) {
    ask(secret.operTitle, secret.operVerb, [secret.operPassword(operator)], "off", oper);
  } else if (isRegistering) {
    const labels = [secret.accountPassword(nick), secret.again];
    ask(secret.accountTitle, secret.accountVerb, labels, "new-password", register);
  }
}

/**
 * @param {string} title
 * @param {string} verb
 * @param {string[]} labels of fields that must all get the same password
 * @param {"off" | "new-password"} autocomplete
 * @param {(password: string) => void} answer
 */
function ask(title, verb, labels, autocomplete, answer) {
  if (document.getElementById("secret")) return;
  const inputs = labels.map((_, index) =>
    make("input", { id: `secret-${index}`, type: "password", autocomplete, "aria-describedby": "secret-problem" }),
  );
  const form = make(
    "form",
    { class: "card" },
    ...labels.flatMap((label, index) => [make("label", { for: `secret-${index}` }, label), inputs[index] ?? ""]),
    make("p", { id: "secret-problem", class: "problem", role: "alert" }),
    make(
      "p",
      { class: "choice" },
      make("button", { type: "button", onclick: () => close("") }, words.common.cancel),
      make("button", { type: "submit", class: "primary" }, verb),
    ),
  );
  const close = (/** @type {string} */ password) => {
    closeDialog(dialog);
    answer(password);
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const [password = "", ...others] = labels.map((_, index) => byId(`secret-${index}`, HTMLInputElement).value);
    if (others.every((other) => other === password)) return close(password);
    byId("secret-problem").textContent = words.secret.notTheSame;
    byId(`secret-${others.length}`, HTMLInputElement).select();
  };
  const dialog = openDialog("secret", { "aria-label": title }, [form], () => close(""));
}
