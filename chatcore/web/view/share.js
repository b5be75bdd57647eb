/**
 * The dialog with a link for others: part of the page only while it is open.
 *
 * @import { Session } from "../session/session.js"
 * @import { Share } from "../session/sharing.js"
 */

import { linkTo } from "../protocol/link.js";
import { byId, make } from "./dom.js";

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const NEEDS_PASSWORD = "Whoever opens it also needs the chat's password.";
const IS_LOCAL = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
const OF_THIS_MACHINE = "It works on this machine alone: others need the address that the tracker printed.";
const NEEDS_NOTHING = "This chat has no password: the link is all that others need.";
const COPIED_INVITATION = "Link with an invitation copied.";
const CANNOT_COPY = "The browser lets no page copy here. The link is selected: copy it yourself.";

/**
 * Copy a link at once, where the page may do that; return whether it did.
 * @param {string} room
 */
export async function copyPlain(room) {
  return copy(linkTo(address(), { room }));
}

/**
 * Return what is said once a link without an invitation is copied.
 * @param {boolean} needsPassword
 */
export function copied(needsPassword) {
  const good = needsPassword ? NEEDS_PASSWORD : NEEDS_NOTHING;
  return `Link copied. ${IS_LOCAL ? OF_THIS_MACHINE : good}`;
}

/**
 * Show what is offered, if anything is.
 * @param {Session} session
 * @param {{invite: () => void, shared: (told: string) => void}} actions the second closes the dialog, and says what was done
 */
export function showShare({ orders: { share } }, { invite, shared }) {
  const open = document.getElementById("share");
  if (!share) return;
  if (!open) build(share.state !== "needless", invite, shared);
  const link = linkTo(address(), share);
  const field = byId("share-link", HTMLInputElement);
  if (field.value !== link) {
    field.value = link;
    field.select();
    if (share.state === "made") byId("share-copy").focus();
  }
  byId("share-title").textContent = share.room ? `Link to ${share.room}` : "Link to the chat";
  byId("share-told").textContent = told(share);
  byId("share-problem").textContent = share.problem || (IS_LOCAL ? OF_THIS_MACHINE : "");
  const more = byId("share-invite", HTMLButtonElement);
  more.hidden = share.state !== "offered" && share.state !== "asked";
  more.disabled = share.state === "asked";
}

/**
 * Say what the link is good for.
 * @param {Share} share
 */
function told({ state, invitation, uses, until, key }) {
  if (state === "needless") return NEEDS_NOTHING;
  if (state !== "made") return NEEDS_PASSWORD;
  const people = uses === 1 ? "one person" : `${uses} people`;
  const withKey = key ? " It also has the room's password in it." : "";
  const end = `/invite-link revoke ${invitation.split("-")[1]} ends that.`;
  return `It lets ${people} into the chat without a password, until ${moment.format(until)}. ${end}${withKey}`;
}

/**
 * @param {boolean} needsPassword
 * @param {() => void} invite
 * @param {(told: string) => void} shared
 */
function build(needsPassword, invite, shared) {
  const close = (/** @type {string} */ words) => {
    dialog.close(); // gives the focus back
    dialog.remove();
    shared(words);
  };
  const copyShown = async () => {
    const { value } = byId("share-link", HTMLInputElement);
    if (await copy(value)) return close(value.includes("invite=") ? COPIED_INVITATION : copied(needsPassword));
    byId("share-problem").textContent = CANNOT_COPY;
    byId("share-link", HTMLInputElement).select();
  };
  const field = make("input", {
    id: "share-link",
    readonly: true,
    "aria-labelledby": "share-title",
    "aria-describedby": "share-told",
  });
  const form = make(
    "form",
    { class: "card" },
    make("h2", { id: "share-title" }),
    field,
    make("p", { id: "share-told", class: "quiet", role: "status" }),
    make("p", { id: "share-problem", class: "problem", role: "alert" }),
    make(
      "button",
      { id: "share-invite", class: "plain", type: "button", onclick: invite },
      "Let others in without the password",
    ),
    make(
      "p",
      { class: "choice" },
      make("button", { type: "button", onclick: () => close("") }, "Close"),
      make("button", { id: "share-copy", type: "submit", class: "primary" }, "Copy"),
    ),
  );
  byId("chat").append(make("dialog", { id: "share", "aria-labelledby": "share-title" }, form));
  const dialog = byId("share", HTMLDialogElement);
  form.onsubmit = (event) => {
    event.preventDefault();
    copyShown();
  };
  dialog.oncancel = (event) => {
    event.preventDefault();
    close("");
  };
  dialog.showModal();
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // the page may not use the clipboard
  }
}

/** The page's own address, path and all. */
function address() {
  return location.origin + location.pathname;
}
