/**
 * The form that asks for username and password.
 *
 * @import { Problem } from "./connection.js"
 */

import { byId } from "./dom.js";

const fields = { username: byId("username", HTMLInputElement), password: byId("password", HTMLInputElement) };
const button = byId("enter", HTMLButtonElement);

/**
 * Call this with what was filled in, when the form is sent.
 * @param {(username: string, password: string) => void} enter
 */
export function wireLogin(enter) {
  byId("login-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const username = fields.username.value.trim();
    if (!username) showLogin({ field: "username", text: "Choose a username." });
    else enter(username, fields.password.value);
  };
}

/** @type {Problem} */
const NO_PROBLEM = { field: "", text: "" };

/** Show the form, what was wrong, and the cursor where it can be put right. */
export function showLogin({ field, text } = NO_PROBLEM) {
  byId("chat").hidden = true;
  byId("login").hidden = false;
  setBusy(false);
  byId("login-problem").textContent = text;
  for (const [name, input] of Object.entries(fields)) {
    if (name === field) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const input = fields[field || "username"];
  input.focus();
  if (field) input.select();
}

/**
 * Say to which room a link invites ('' for none).
 * @param {string} room
 */
export function showInvitation(room) {
  if (room) byId("login-hint").textContent = `You are invited to ${room}. Choose a username and enter the password.`;
}

/**
 * Show whether the login is under way.
 * @param {boolean} isBusy
 * @param {string} username as whom, if it was not typed
 */
export function setBusy(isBusy, username = "") {
  if (username) fields.username.value = username;
  button.disabled = isBusy;
  button.textContent = isBusy ? "Joining\u2026" : "Join";
  if (isBusy) byId("login-problem").textContent = "";
}

/** Show the chat instead of the form, and keep no password in it. */
export function hideLogin() {
  fields.password.value = "";
  byId("login").hidden = true;
  byId("chat").hidden = false;
}
