/** How much of what a tracker sends is kept: more than people need, and no more than a browser can bear. */

/** Characters of a line, tags and all; no line of IRC is longer. */
export const MAX_LINE = 8703;

/** Rooms and private conversations. */
export const MAX_ROOMS = 200;

/** Members of all rooms together, and of them those of a room that are listed. */
export const MAX_MEMBERS = 50000;
export const MAX_SHOWN_MEMBERS = 1000;

/** What stands in a room, and in all rooms together; and how much is cut off at once. */
export const MAX_ENTRIES = 5000;
export const MAX_ALL_ENTRIES = 20000;
export const CUT = 500;

/** Messages of the past that are asked for at once, by who scrolls up. */
export const MAX_FETCHED = 50;

/** Batches that have begun and not ended, and requests for history without an answer. */
export const MAX_BATCHES = 10;
export const MAX_REQUESTS = 300;

/** Lines, or tokens, of a welcome. */
export const MAX_WELCOME = 500;

/** People who type in one room. */
export const MAX_TYPING = 20;

/** Make room in a map, which keeps its order: of as many entries as there may be, the first goes. */
export function makePlace(map, most) {
  if (map.size >= most) map.delete(map.keys().next().value);
}
