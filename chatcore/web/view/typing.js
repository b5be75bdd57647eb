/**
 * Who is typing, in words.
 *
 * @import { Room } from "../session/room.js"
 */

import { words } from "../words.js";

const MOST_NAMED = 3;

/**
 * Return who is typing in a room; '' for nobody.
 * @param {Room | null} room
 */
export function typingText(room) {
  const nicks = room ? [...room.typing.values()].map(({ nick }) => nick) : [];
  if (!nicks.length) return "";
  if (nicks.length > MOST_NAMED) return words.typing.several;
  return words.typing.by(new Intl.ListFormat("en").format(nicks), nicks.length);
}
