/**
 * The login form: username and password.
 *
 * @import { Problem } from "../connection/connection.js"
 * @import { Link } from "../protocol/link.js"
 */

import { words } from "../words.js";
import { byId } from "./dom.js";

const fields = { username: byId("username", HTMLInputElement), password: byId("password", HTMLInputElement) };
const button = byId("enter", HTMLButtonElement);
const havePassword = byId("have-password", HTMLButtonElement);
let waiting = 0; // timer of the countdown
let prefersPassword = false; // although there is an invitation
havePassword.onclick = () => {
  prefersPassword = true;
  askForPassword(true);
  fields.password.focus();
};

/**
 * Wire the form to the functions that handle it.
 * @param {(username: string, password: string, isOffered: boolean) => void} enter `isOffered`: the name is the
 *   one that was offered instead
 * @param {() => void} forget called when the user no longer wants to be remembered
 */
export function wireLogin(enter, forget) {
  const password = () => (fields.password.disabled ? "" : fields.password.value);
  byId("enter-as", HTMLButtonElement).onclick = () => {
    fields.username.value = byId("enter-as", HTMLButtonElement).value;
    enter(fields.username.value, password(), true);
  };
  byId("forget").onclick = () => {
    fields.username.value = "";
    showRemembered(false);
    forget();
  };
  byId("login-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const username = fields.username.value.trim();
    if (!username) showLogin({ field: "username", text: words.entering.chooseName });
    else enter(username, password(), false);
  };
}

/**
 * Show whether the user is remembered on this device.
 * @param {boolean} isRemembered
 */
export function showRemembered(isRemembered) {
  byId("remember", HTMLInputElement).checked = isRemembered;
  byId("forget").hidden = !isRemembered;
}

/** Whether the user wants to be remembered on this device. */
export function wantsToBeRemembered() {
  return byId("remember", HTMLInputElement).checked;
}

/**
 * Count down until the next try is allowed, with the form disabled.
 * @param {number} seconds 0 for no wait
 */
function wait(seconds) {
  const until = performance.now() + seconds * 1000;
  const tell = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    byId("login-wait").hidden = left <= 0;
    button.disabled = left > 0;
    byId("login-wait").textContent = words.entering.wait(asTime(Math.max(left, 0)));
    if (left <= 0) clearInterval(waiting);
  };
  clearInterval(waiting);
  if (seconds) waiting = setInterval(tell, 1000);
  tell();
}

/** @param {number} seconds */
function asTime(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** @type {Problem} */
const NO_PROBLEM = { field: "", text: "" };

/**
 * Show the form and what was wrong, with the cursor in the field to correct, or in the first empty one. Without such a
 * field, somebody who is already typing is left alone.
 * @param {Problem} problem
 * @param {string} username '' if unknown
 */
export function showLogin({ field, text, offer = "", seconds = 0 } = NO_PROBLEM, username = "") {
  if (username) fields.username.value = username;
  byId("chat").hidden = true;
  byId("login").hidden = false;
  setBusy(false);
  byId("login-problem").textContent = text;
  Object.assign(byId("enter-as"), { hidden: !offer, textContent: words.entering.as(offer), value: offer });
  wait(seconds);
  const place = field === "invitation" ? "password" : field;
  for (const [name, input] of Object.entries(fields)) {
    if (name === place) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  if (place === "password") askForPassword(true);
  const at = Object.values(fields).find((each) => each === document.activeElement && !each.disabled);
  if (!place && !username && at?.value) return;
  const missing = fields.username.value && !fields.password.disabled ? "password" : "username";
  const input = fields[place || missing];
  input.focus();
  if (place) input.select();
}

/**
 * Say what a link invites to, and with an invitation ask for a username only.
 * @param {Link} link
 * @param {string} advice for users without an invitation
 */
export function showInvitation({ room, invitation }, advice = "") {
  const invited = room || invitation ? words.entering.invited(room) : "";
  const how = invitation ? words.entering.chooseName : advice || words.login.hint;
  byId("login-hint").textContent = invited + how;
  askForPassword(!invitation || prefersPassword);
}

/**
 * Show the password field, or the button that reveals it. Browsers do not fill in a disabled field.
 * @param {boolean} isAsked
 */
function askForPassword(isAsked) {
  for (const part of [byId("password-label"), fields.password]) part.hidden = !isAsked;
  fields.password.disabled = !isAsked;
  havePassword.hidden = isAsked;
}

/**
 * Show whether a login is in progress.
 * @param {boolean} isBusy
 */
export function setBusy(isBusy) {
  button.disabled = isBusy;
  button.textContent = isBusy ? words.entering.busy : words.login.enter;
  if (isBusy) byId("login-problem").textContent = "";
}

/** Whether the form is shown. */
export function isFormShown() {
  return !byId("login").hidden;
}

/** Show the chat instead of the form, and clear the password. */
export function hideLogin() {
  fields.password.value = "";
  wait(0);
  prefersPassword = false;
  byId("login").hidden = true;
  byId("chat").hidden = false;
}
