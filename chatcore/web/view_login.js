/** The form that asks for username and password. */

import { byId } from "./dom.js";

const fields = { username: byId("username"), password: byId("password") };

/** Call `enter(username, password)` when the form is sent. */
export function wireLogin(enter) {
  byId("login-form").onsubmit = (event) => {
    event.preventDefault();
    const username = fields.username.value.trim();
    if (!username) showLogin({ field: "username", text: "Choose a username." });
    else enter(username, fields.password.value);
  };
}

/** Show the form, with what was wrong and the cursor where it can be put right. */
export function showLogin({ field, text } = { field: "", text: "" }) {
  byId("chat").hidden = true;
  byId("login").hidden = false;
  setBusy(false);
  byId("login-problem").textContent = text;
  for (const [name, input] of Object.entries(fields)) {
    if (name === field) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const input = fields[field] ?? fields.username;
  input.focus();
  if (field) input.select();
}

/** Say whom a link invites to which room. */
export function showInvitation(room) {
  if (room) byId("login-hint").textContent = `You are invited to ${room}. Choose a username, and give the password.`;
}

/** Show that the login is under way. */
export function setBusy(isBusy) {
  byId("enter").disabled = isBusy;
  byId("enter").textContent = isBusy ? "Joining\u2026" : "Join";
  if (isBusy) byId("login-problem").textContent = "";
}

/** Show the chat instead of the form, and keep no password in it. */
export function hideLogin() {
  fields.password.value = "";
  byId("login").hidden = true;
  byId("chat").hidden = false;
}
