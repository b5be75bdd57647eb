/**
 * The form that asks for username and password.
 *
 * @import { Problem } from "../connection/connection.js"
 * @import { Link } from "../protocol/link.js"
 */

import { byId } from "./dom.js";

const fields = { username: byId("username", HTMLInputElement), password: byId("password", HTMLInputElement) };
const button = byId("enter", HTMLButtonElement);
const havePassword = byId("have-password", HTMLButtonElement);
let prefersPassword = false; // although there is an invitation
havePassword.onclick = () => {
  prefersPassword = true;
  askForPassword(true);
  fields.password.focus();
};

/**
 * Call this with what was filled in, when the form is sent.
 * @param {(username: string, password: string) => void} enter
 */
export function wireLogin(enter) {
  byId("login-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const username = fields.username.value.trim();
    if (!username) showLogin({ field: "username", text: "Choose a username." });
    else enter(username, fields.password.disabled ? "" : fields.password.value);
  };
}

/** @type {Problem} */
const NO_PROBLEM = { field: "", text: "" };

/**
 * Show the form, what was wrong, and the cursor where it can be put right, or where something is missing.
 * @param {Problem} problem
 * @param {string} username as whom, if that is known
 */
export function showLogin({ field, text } = NO_PROBLEM, username = "") {
  if (username) fields.username.value = username;
  byId("chat").hidden = true;
  byId("login").hidden = false;
  setBusy(false);
  byId("login-problem").textContent = text;
  const place = field === "invitation" ? "password" : field;
  for (const [name, input] of Object.entries(fields)) {
    if (name === place) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  if (place === "password") askForPassword(true);
  const missing = fields.username.value && !fields.password.disabled ? "password" : "username";
  const input = fields[place || missing];
  input.focus();
  if (place) input.select();
}

/**
 * Say to what a link invites, and ask those who have an invitation for a username alone.
 * @param {Link} link
 * @param {string} advice for those who have none
 */
export function showInvitation({ room, invitation }, advice = "") {
  const invited = room || invitation ? `You are invited to ${room || "this chat"}. ` : "";
  const how = invitation ? "Choose a username." : advice || "Choose a username and enter the chat's password.";
  byId("login-hint").textContent = invited + how;
  askForPassword(!invitation || prefersPassword);
}

/**
 * Show the field for the password, or how to get to it. No browser fills in what is disabled.
 * @param {boolean} isAsked
 */
function askForPassword(isAsked) {
  for (const part of [byId("password-label"), fields.password]) part.hidden = !isAsked;
  fields.password.disabled = !isAsked;
  havePassword.hidden = isAsked;
}

/**
 * Show whether the login is under way.
 * @param {boolean} isBusy
 */
export function setBusy(isBusy) {
  button.disabled = isBusy;
  button.textContent = isBusy ? "Joining\u2026" : "Join";
  if (isBusy) byId("login-problem").textContent = "";
}

/** Show the chat instead of the form, and keep no password in it. */
export function hideLogin() {
  fields.password.value = "";
  prefersPassword = false;
  byId("login").hidden = true;
  byId("chat").hidden = false;
}
