/**
 * Fetching earlier and missed messages (https://ircv3.net/specs/extensions/chathistory). Pure.
 *
 * After a lost connection, each room asks for everything after the last message it knows; duplicates have the same
 * msgid. Our own messages that were in flight are looked up in the answer. One that is missing is sent again only if
 * it certainly never arrived.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Answer } from "./questions.js"
 * @import { Session } from "./session.js"
 */

import { MAX_FETCHED, MAX_MISSED } from "../protocol/bounds.js";
import { PLAYBACK } from "../protocol/capabilities.js";
import { isRoom } from "../protocol/names.js";
import { words } from "../words.js";
import { sinceArrival } from "./arrival.js";
import { isEnd, lastOf, put } from "./placing.js";
import { transmit } from "./sending.js";
import { Stretch } from "./stretch.js";
import { countUnread } from "./unread.js";

const CATCH_UP = 100;
export const TARGETS = 50;

/**
 * Take note that the connection is lost: remember how far each room is known.
 * @param {Session} session
 */
export function noteLost(session) {
  session.isOnline = false;
  session.awaySince = session.tracker.clock;
  session.questions.clear();
  for (const room of session.rooms.values()) {
    // Earlier missed messages belong after the anchor, so it stays until all of them have been fetched.
    if (!room.gap.isCatchingUp && !room.gap.isBehind) room.gap.anchor = room.present.edgeId(true);
    room.gap.wasAlone = room.members.size <= 1;
    room.gap.isCatchingUp = true;
    room.present.isLoading = false;
    if (room.past) room.past.isLoading = false;
    if (room.past?.entries.length === 0) room.past.problem = words.common.lost;
    room.isJoined = false;
    room.typing.clear();
    for (const entry of room.pending) if (entry.state === "sent") entry.state = "lost";
  }
}

/**
 * Fetch what a room has missed, or the last messages if nothing is known of it.
 * @param {Session} session
 * @param {Room} room
 */
export function catchUp(session, room) {
  room.gap.isAnchored = false;
  if (!room.gap.anchor || !room.present.entries.some(({ id }) => id)) {
    requestLatest(session, room, room.gap.isCatchingUp ? session.awaySince : Infinity);
    return;
  }
  const { anchor } = room.gap;
  if (room.pending.length) {
    const take = (/** @type {Message[]} */ messages) => {
      room.gap.isAnchored = messages.some((message) => message.tags.msgid === anchor);
    };
    requestHistory(session, room.name, "AROUND", `msgid=${anchor}`, 1, { take, fail() {} });
  }
  requestMissed(session, room);
}

/**
 * Ask for the last messages of a room.
 * @param {Session} session
 * @param {Room} room
 * @param {number} missedSince messages after this time are unread (Unix, ms); Infinity for none
 */
export function requestLatest(session, room, missedSince = Infinity) {
  const { present } = room;
  room.isFetched = true;
  present.isLoading = true;
  requestHistory(session, room.name, "LATEST", "*", MAX_FETCHED, {
    take(messages, limit) {
      room.gap.isAnchored ||= messages.some(({ tags }) => tags.msgid && tags.msgid === room.gap.anchor);
      const fresh = sinceArrival(room, messages);
      const since = Math.min(missedSince, room.readTo || Infinity);
      countMissed(session, room, put(session, room, present, fresh), since);
      present.hasOlder = fresh.length === messages.length && !isEnd(messages, limit);
      finish(session, room);
    },
    fail: (text) => finish(session, room, text),
  });
}

/**
 * Ask for everything after the anchor, page by page. If there is too much, only the last messages are fetched.
 * @param {Session} session
 * @param {Room} room
 * @param {number} count messages fetched so far
 */
export function requestMissed(session, room, count = 0) {
  const { present } = room;
  const { anchor } = room.gap;
  room.gap.isBehind = false;
  present.isLoading = true;
  requestHistory(session, room.name, "AFTER", `msgid=${anchor}`, CATCH_UP, {
    take(messages, limit) {
      countMissed(
        session,
        room,
        put(session, room, present, messages, anchor, true),
        room.gap.isCatchingUp ? 0 : Infinity,
      );
      const lastId = lastOf(messages)?.tags.msgid;
      if (isEnd(messages, limit) || !lastId || lastId === anchor) {
        finish(session, room);
        refresh(session, room);
      } else if (count + messages.length < MAX_MISSED) {
        room.gap.anchor = lastId;
        requestMissed(session, room, count + messages.length);
      } else {
        room.present = new Stretch();
        requestLatest(session, room);
      }
    },
    fail(text) {
      room.gap.isBehind = true;
      finish(session, room, text);
      session.tell(words.history.missed(text), "error", room);
    },
  });
}

/**
 * Update the reactions to older messages in the room on screen.
 * @param {Session} session
 * @param {Room} room
 */
function refresh(session, room) {
  if (room !== session.current || !session.tracker.can(PLAYBACK)) return;
  requestHistory(session, room.name, "LATEST", "*", MAX_FETCHED, {
    take: (messages) => void put(session, room, room.present, sinceArrival(room, messages)),
    fail() {},
  });
}

/**
 * Ask for messages of a room or conversation.
 * @param {Session} session
 * @param {string} name of a room or a person
 * @param {"LATEST" | "BEFORE" | "AFTER" | "AROUND"} subcommand
 * @param {string} reference `msgid=` and an id; `*` for LATEST
 * @param {number} limit
 * @param {{take: (messages: Message[], limit: number) => void, fail: Answer["fail"]}} answer `take` also gets the
 *   number of messages in a full page
 */
export function requestHistory(session, name, subcommand, reference, limit, { take, fail }) {
  const most = Math.min(limit, Number(session.tracker.isupport.get("CHATHISTORY")) || limit);
  const params = [subcommand, name, reference, String(most)];
  session.order({ command: "CHATHISTORY", params }, { take: (messages) => take(messages, most), fail });
}

/**
 * Take the history that a tracker sends unasked after a join.
 * @param {Session} session
 * @param {string} target
 * @param {Message[]} messages
 */
export function takeReplay(session, target, messages) {
  const room = session.find(target);
  if (room) put(session, room, room.present, messages);
}

/**
 * @param {Session} session
 * @param {Room} room
 * @param {Entry[]} entries
 * @param {number} since Unix, ms
 */
function countMissed(session, room, entries, since) {
  for (const entry of entries)
    if (entry.nick && !entry.isMine && (entry.time ?? 0) > since) countUnread(session, room, entry, true);
}

/**
 * Open the private conversations with new messages, except with people who are ignored. After a lost connection, those
 * messages were missed; otherwise they are fetched once the user looks.
 * @param {Session} session
 * @param {Message[]} messages
 */
export function takeTargets(session, messages) {
  for (const { params } of messages.slice(0, TARGETS)) {
    const name = params[1] ?? "";
    if (params[0] !== "TARGETS" || !name || isRoom(name) || session.find(name) || session.ignored.has(name)) continue;
    const room = session.ensure(name);
    if (!room) return;
    if (session.awaySince || room === session.current) requestLatest(session, room, session.awaySince || Infinity);
    else room.isFetched = false;
  }
}

/**
 * Take note that a request for a room's recent messages is answered, or has failed.
 * @param {Session} session
 * @param {Room} room
 * @param {string} problem why the tracker did not answer, in words
 */
export function finish(session, room, problem = "") {
  room.present.isLoading = false;
  room.present.problem = problem;
  settlePending(session, room);
}

/**
 * Settle what is still in flight once everything missed is here: it never arrived, or nobody can tell.
 * @param {Session} session
 * @param {Room} room
 */
function settlePending(session, room) {
  room.gap.isCatchingUp = false;
  // If what we knew is still there, also after a restart, then everything that was delivered is. A tracker may forget
  // an empty room, but then nobody but us was there to hear.
  const isRemembered = !room.isPrivate && (room.gap.wasAlone || (!room.gap.anchor && room.members.size > 1));
  const isCertain = room.gap.isAnchored || (session.tracker.isSame && isRemembered);
  for (const entry of [...room.pending]) {
    if (entry.state === "lost" && !isCertain) {
      Object.assign(entry, { state: "uncertain", reason: words.history.uncertain });
    } else if (entry.state === "lost" || entry.state === "queued") {
      transmit(session, room, entry);
    }
  }
}
