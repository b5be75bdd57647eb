/** How much of what a tracker sends is kept: more than people need, no more than a browser can bear. */

/** Characters of a line, tags and all; no line of IRC is longer. */
export const MAX_LINE = 8703;

/** Lines of one message, and its characters. */
export const MAX_LINES = 1000;
export const MAX_TEXT = 65536;

/** Parts of one message that look or act otherwise than the rest, such as links and bold words. */
export const MAX_PIECES = 1000;

/** Rooms and private conversations. */
export const MAX_ROOMS = 200;

/** Other trackers of the same chat. */
export const MAX_TRACKERS = 64;

/** Members of all rooms together; and how many of a room's are listed. */
export const MAX_MEMBERS = 50000;
export const MAX_SHOWN_MEMBERS = 300;

/** Members of a room of which it is asked who is away: the tracker answers with no more at once. */
export const MAX_ASKED_WHO = 500;

/** People who are ignored, and rooms with a choice of what one is notified of. */
export const MAX_QUIET = 200;

/** Rooms on somebody's card. */
export const MAX_SHARED = 100;

/** Entries of a room, and of all rooms together; and how many are dropped at once. */
export const MAX_ENTRIES = 10500;
export const MAX_ALL_ENTRIES = 40000;
export const CUT = 500;

/** Old messages fetched at once when somebody scrolls; and those fetched in all after a lost connection. */
export const MAX_FETCHED = 50;
export const MAX_MISSED = 1000;

/**
 * Rooms in a list of those that there are, and from how many on a tracker may have left some out; how many of them are
 * shown, and how many places that one can go to.
 */
export const MAX_LISTED = 5000;
export const LONG_LIST = 1000;
export const MAX_SHOWN_ROOMS = 200;
export const MAX_SHOWN_DESTINATIONS = 20;

/** Own messages of a room that were not delivered, and characters of all of them and of drafts, that are kept for a reload. */
export const MAX_PENDING = 100;
export const MAX_KEPT_TEXT = 500_000;

/** Messages from before one came to a room that are counted. */
export const MAX_COUNTED = 100;

/** What is found by a search: at once, and in all. */
export const RESULTS = 20;
export const MAX_RESULTS = 500;

/** Messages of an export that are fetched at once. */
export const EXPORTED = 500;

/** Batches that have not ended, messages of one, and questions without an answer. */
export const MAX_BATCHES = 10;
export const MAX_BATCH = 5000;
export const MAX_REQUESTS = 300;

/** Lines of a welcome text, tokens of ISUPPORT, and names of capabilities. */
export const MAX_WELCOME = 500;

/**
 * Reactions to one message, and of those one person's, as many as the tracker keeps; and bytes of one, which may be any
 * text.
 */
export const MAX_REACTIONS = 100;
export const MAX_REACTIONS_OF_ONE = 20;
export const MAX_REACTION = 200;

/** Characters of a message's id. */
export const MAX_ID = 200;

/** Of each room: messages that were quoted and are not here; and ids of those that were taken back. */
export const MAX_QUOTES = 200;
export const MAX_GONE = 1000;

/** Characters of a quoted message. */
export const MAX_QUOTE = 200;

/** Places of which it is known how far one has read. */
export const MAX_MARKERS = 200;

/** People shown as typing in one room. */
export const MAX_TYPING = 20;

/**
 * Drop the oldest entry of a map that holds as many as it may.
 * @template K
 * @param {Map<K, unknown>} map
 * @param {number} most
 */
export function makePlace(map, most) {
  if (map.size < most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
