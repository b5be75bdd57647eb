/**
 * What was said before, and what was missed (https://ircv3.net/specs/extensions/chathistory). Pure.
 *
 * After a lost connection each room asks for everything after the last message it knows; what comes twice has the same
 * msgid. Own messages that were on their way are looked for in it. One that is not there is sent again only if it
 * certainly never arrived.
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
 * The connection is gone: remember how far each room is known.
 * @param {Session} session
 */
export function noteLost(session) {
  session.isOnline = false;
  session.awaySince = session.tracker.clock;
  session.questions.clear();
  for (const room of session.rooms.values()) {
    // What was missed before belongs after the anchor, which stays until all of it has been fetched.
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
 * Fetch what a room has missed; for one that knows nothing, the last messages.
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
 * Ask for what was said last in a room.
 * @param {Session} session
 * @param {Room} room
 * @param {number} missedSince what was said later is unread (Unix, ms); Infinity for nothing
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
 * Ask for what was said after the anchor, until all of it is here. Of too much, only the last is fetched.
 * @param {Session} session
 * @param {Room} room
 * @param {number} count messages that have come already
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
 * See what others have reacted with meanwhile to what was here before, in the room that is looked at.
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
 * Ask for what was said.
 * @param {Session} session
 * @param {string} name of a room or a person
 * @param {"LATEST" | "BEFORE" | "AFTER" | "AROUND"} subcommand
 * @param {string} reference `msgid=` and an id; `*` for LATEST
 * @param {number} limit
 * @param {{take: (messages: Message[], limit: number) => void, fail: Answer["fail"]}} answer `take` is also told how
 *   many messages there would have been if there were more
 */
export function requestHistory(session, name, subcommand, reference, limit, { take, fail }) {
  const most = Math.min(limit, Number(session.tracker.isupport.get("CHATHISTORY")) || limit);
  const params = [subcommand, name, reference, String(most)];
  session.order({ command: "CHATHISTORY", params }, { take: (messages) => take(messages, most), fail });
}

/**
 * Take what a tracker gives unasked to those who join.
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
 * Open the private conversations in which something was said. After a lost connection that was missed; else what was
 * said is fetched once somebody looks.
 * @param {Session} session
 * @param {Message[]} messages
 */
export function takeTargets(session, messages) {
  for (const { params } of messages.slice(0, TARGETS)) {
    const name = params[1] ?? "";
    if (params[0] !== "TARGETS" || !name || isRoom(name) || session.find(name)) continue;
    const room = session.ensure(name);
    if (!room) return;
    if (session.awaySince || room === session.current) requestLatest(session, room, session.awaySince || Infinity);
    else room.isFetched = false;
  }
}

/**
 * An answer about the present of a room is here, or is not going to come.
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
 * Everything that was missed is here: what is still on its way never arrived, or nobody can tell.
 * @param {Session} session
 * @param {Room} room
 */
function settlePending(session, room) {
  room.gap.isCatchingUp = false;
  // What we knew must still be there, also after a restart: then all that was delivered is. A tracker may forget an
  // empty room, but then nobody but us was there to hear.
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
