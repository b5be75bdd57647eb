/**
 * Notifications while the page is in the background. Permission is asked for only on a click.
 *
 * @import { Entry } from "./session/entries.js"
 * @import { Room } from "./session/room.js"
 */

const MAX_TEXT = 200;

/** Return whether permission has yet to be given. */
export function canAsk() {
  return !("Notification" in globalThis) || Notification.permission !== "granted";
}

/** Ask for permission; return the outcome in words. */
export async function askToNotify() {
  if (!("Notification" in globalThis) || !isSecureContext) return "This browser cannot notify you from this page.";
  const answer = await Notification.requestPermission();
  if (answer === "granted") return "You will be notified while this page is in the background.";
  return "Your browser does not let this page notify you.";
}

/**
 * Notify of a message that nobody sees; it silently replaces the room's previous notification.
 * @param {Room} room
 * @param {Entry} entry
 * @param {(room: Room) => void} open called when the notification is clicked
 */
export function notifyOf(room, entry, open) {
  if (!document.hidden || canAsk()) return;
  const title = room.isPrivate ? entry.nick : `${entry.nick} in ${room.name}`;
  try {
    const shown = new Notification(title, { body: entry.text.slice(0, MAX_TEXT), tag: room.name, icon: "icon.svg" });
    shown.onclick = () => {
      window.focus();
      shown.close();
      open(room);
    };
  } catch {
    // phones allow it for installed pages only; the title still counts what is unread
  }
}
