/**
 * Giving others a link to a room.
 *
 * @import { Room } from "./room.js"
 */

import { linkTo } from "./link.js";

/**
 * Put the link to a room where it can be pasted; return what is to be said of it.
 * @param {Room} room
 */
export async function copyLink({ name }) {
  const link = linkTo(location.origin + location.pathname, { room: name });
  try {
    await navigator.clipboard.writeText(link);
    return "Link copied. Whoever opens it also needs the password.";
  } catch {
    return `Copy this link: ${link}`; // the page may not use the clipboard
  }
}
