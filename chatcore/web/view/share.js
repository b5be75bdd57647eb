/**
 * The dialog with a link to share: in the document only while it is open.
 *
 * @import { Room } from "../session/room.js"
 * @import { Session } from "../session/session.js"
 * @import { Share } from "../session/sharing.js"
 */

import { linkTo } from "../protocol/link.js";
import { words } from "../words.js";
import { copyText } from "./clipboard.js";
import { closeDialog, openDialog } from "./dialog.js";
import { byId, make } from "./dom.js";

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const IS_LOCAL = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);

/**
 * Copy a link at once, where the page may; return whether it did.
 * @param {string} room
 */
export async function copyPlain(room) {
  return copyText(linkTo(pageAddress(), { room }));
}

/**
 * Return the link to a message, or '' in a private conversation, where nobody else could follow it.
 * @param {Room} room
 * @param {string} id
 */
export function linkToMessage({ name, isPrivate }, id) {
  return isPrivate ? "" : linkTo(pageAddress(), { room: name, message: id });
}

/**
 * Return the note that a link without an invitation was copied.
 * @param {boolean} needsPassword
 */
export function copied(needsPassword) {
  const good = needsPassword ? words.share.needsPassword : words.share.needsNothing;
  return `${words.share.copied} ${IS_LOCAL ? words.share.thisMachine : good}`;
}

/**
 * Show the link on offer, if any.
 * @param {Session} session
 * @param {{invite: () => void, shared: (told: string) => void}} actions the second closes the dialog, and shows the
 *   result
 */
export function showShare({ orders: { share } }, { invite, shared }) {
  const open = document.getElementById("share");
  if (!share) return;
  if (!open) build(share.state !== "needless", invite, shared);
  const link = linkTo(pageAddress(), share);
  const field = byId("share-link", HTMLInputElement);
  if (field.value !== link) {
    field.value = link;
    field.select();
    if (share.state === "made") byId("share-copy").focus();
  }
  byId("share-title").textContent = words.share.title(share.room);
  byId("share-told").textContent = told(share);
  byId("share-problem").textContent = share.problem || (IS_LOCAL ? words.share.thisMachine : "");
  const more = byId("share-invite", HTMLButtonElement);
  more.hidden = share.state !== "offered" && share.state !== "asked";
  more.disabled = share.state === "asked";
}

/**
 * Say what the link gives access to.
 * @param {Share} share
 */
function told({ state, invitation, uses, until, key }) {
  if (state === "needless") return words.share.needsNothing;
  if (state !== "made") return words.share.needsPassword;
  const lets = words.share.lets(uses, moment.format(until));
  const revoke = words.share.revoke(invitation.split("-")[1] ?? "");
  return [lets, revoke, ...(key ? [words.share.withKey] : [])].join(" ");
}

/**
 * @param {boolean} needsPassword
 * @param {() => void} invite
 * @param {(told: string) => void} shared
 */
function build(needsPassword, invite, shared) {
  const close = (/** @type {string} */ told) => {
    closeDialog(dialog);
    shared(told);
  };
  const copyShown = async () => {
    const { value } = byId("share-link", HTMLInputElement);
    if (await copyText(value))
      return close(value.includes("invite=") ? words.share.copiedInvitation : copied(needsPassword));
    byId("share-problem").textContent = words.share.cannotCopy;
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
    make("button", { id: "share-invite", class: "plain", type: "button", onclick: invite }, words.share.invite),
    make(
      "p",
      { class: "choice" },
      make("button", { type: "button", onclick: () => close("") }, words.share.close),
      make("button", { id: "share-copy", type: "submit", class: "primary" }, words.share.copy),
    ),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    copyShown();
  };
  const dialog = openDialog("share", { "aria-labelledby": "share-title" }, [form], () => close(""));
}

/** The page's own address, with its path. */
export function pageAddress() {
  return location.origin + location.pathname;
}
