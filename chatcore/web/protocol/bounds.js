/** How much of what a tracker sends is kept: more than users need, no more than a browser can handle. */

/** Characters of a line, including tags; no IRC line is longer. */
export const MAX_LINE = 8703;

/** Lines of one message, and its characters. */
export const MAX_LINES = 1000;
export const MAX_TEXT = 65536;

/** Parts of one message that look or act differently, such as links and bold words. */
export const MAX_PIECES = 1000;

/** Rooms and private conversations. */
export const MAX_ROOMS = 200;

/** Other trackers of the same chat. */
export const MAX_TRACKERS = 64;

/** Members of all rooms together, and how many are listed in one room. */
export const MAX_MEMBERS = 50000;
export const MAX_SHOWN_MEMBERS = 300;

/** Members of a room up to which we ask who is away: the tracker's answer has no more. */
export const MAX_ASKED_WHO = 500;

/** Ignored people, and rooms with a notification level of their own. */
export const MAX_QUIET = 200;

/** Rooms on somebody's card. */
export const MAX_SHARED = 100;

/** Entries of a room, and of all rooms together; and how many are dropped at a time. */
export const MAX_ENTRIES = 10500;
export const MAX_ALL_ENTRIES = 40000;
export const CUT = 500;

/** Old messages fetched at a time while scrolling, and in total after a lost connection. */
export const MAX_FETCHED = 50;
export const MAX_MISSED = 1000;

/**
 * Rooms in a list of rooms, and from how many on the tracker may have left some out; rooms shown at a time, and
 * destinations offered.
 */
export const MAX_LISTED = 5000;
export const LONG_LIST = 1000;
export const MAX_SHOWN_ROOMS = 200;
export const MAX_SHOWN_DESTINATIONS = 20;

/** Undelivered messages of a room that are stored for a reload, and the characters of all of them and of the drafts. */
export const MAX_PENDING = 100;
export const MAX_KEPT_TEXT = 500_000;

/** Messages from before we came to a room that are counted. */
export const MAX_COUNTED = 100;

/** Search results: per page, and in total. */
export const RESULTS = 20;
export const MAX_RESULTS = 500;

/** Messages fetched at a time for an export. */
export const EXPORTED = 500;

/** Open batches, messages of one batch, and unanswered questions. */
export const MAX_BATCHES = 10;
export const MAX_BATCH = 5000;
export const MAX_REQUESTS = 300;

/** Lines of a message of the day, tokens of ISUPPORT, and names of capabilities. */
export const MAX_WELCOME = 500;

/**
 * Reactions to one message, and by one person (the tracker's limit); and bytes of one, which may be any text.
 */
export const MAX_REACTIONS = 100;
export const MAX_REACTIONS_OF_ONE = 20;
export const MAX_REACTION = 200;

/** Characters of a msgid. */
export const MAX_ID = 200;

/** Per room: quoted messages that are not here, and ids of redacted ones. */
export const MAX_QUOTES = 200;
export const MAX_GONE = 1000;

/** Characters of a quoted message. */
export const MAX_QUOTE = 200;

/** Rooms and conversations with a read marker. */
export const MAX_MARKERS = 200;

/** People shown as typing in one room. */
export const MAX_TYPING = 20;

/**
 * Drop the oldest entry of a map that is full.
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
