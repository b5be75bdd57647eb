/**
 * Exporting a room or conversation as a file: JSON Lines, one message per line, oldest first.
 *
 * Messages come from the tracker a page at a time. Pages are kept as blobs, which a browser may store on disk.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { EXPORTED } from "../protocol/bounds.js";
import { words } from "../words.js";
import { requestHistory } from "./history.js";
import { lastOf } from "./placing.js";

/**
 * A running export: `room` is being fetched, `rest` comes after it, and the result is shown in `place`. `file` is its
 * name, `reference` the last message fetched, `problem` why it has stopped.
 * @typedef {{room: Room, rest: Room[], place: Room, file: string, pages: Blob[], count: number, reference: string,
 *   problem: string}} Export
 */

const EVER = "timestamp=1970-01-01T00:00:00.000Z";

/**
 * Start exporting rooms and conversations into one file. Returns what is wrong, if anything.
 * @param {Session} session
 * @param {Room[]} rooms
 * @param {string} file its name, '' to name it after its contents
 */
export function startExport(session, [room, ...rest], file = "") {
  if (!room) return words.commands.openFirst;
  if (session.export) return words.exporting.busy(session.export.room.name);
  if (!session.isOnline) return words.common.notConnected;
  const day = new Date(session.tracker.clock).toISOString().slice(0, 10);
  const called = rest.length ? "" : room.name.replace(/[^\p{L}\p{N}_-]+/gu, "");
  const name = file || `${called || (rest.length ? "chat" : "room")}-${day}.jsonl`;
  session.export = {
    room,
    rest,
    place: (rest.length && session.current) || room,
    file: name,
    pages: [],
    count: 0,
    reference: EVER,
    problem: "",
  };
  exportMore(session);
  return "";
}

/**
 * Fetch the next page; also retries after a problem.
 * @param {Session} session
 */
export function exportMore(session) {
  const current = session.export;
  if (!current) return;
  current.problem = "";
  requestHistory(session, current.room.name, "AFTER", current.reference, EXPORTED, {
    take(messages) {
      if (session.export !== current) return; // it was cancelled
      const reference = `msgid=${lastOf(messages)?.tags.msgid}`;
      const said = messages.filter(({ command }) => command === "PRIVMSG" || command === "NOTICE");
      if (!messages.length || reference === current.reference) {
        goOn(session, current);
        return;
      }
      current.reference = reference;
      current.count += said.length;
      current.pages.push(new Blob(said.map((message) => `${asJson(current.room, message)}\n`)));
      exportMore(session);
    },
    fail(text) {
      current.problem = text;
    },
  });
}

/**
 * Take note that the connection is lost: the export can be resumed later.
 * @param {Session} session
 */
export function exportLost({ export: current }) {
  if (current) current.problem = words.common.lost;
}

/**
 * Return its progress in words.
 * @param {Export} current
 */
export function exportText({ room, count, problem }) {
  const soFar = words.exporting.soFar(room.name, count);
  return problem ? `${soFar}. ${problem}` : words.exporting.goesOn(soFar);
}

/**
 * Finish a room: fetch the next one, or save the file.
 * @param {Session} session
 * @param {Export} current
 */
function goOn(session, current) {
  const { place, rest, file, pages, count } = current;
  const [next, ...others] = rest;
  if (next) {
    Object.assign(current, { room: next, rest: others, reference: EVER });
    exportMore(session);
    return;
  }
  session.export = null;
  if (!count) {
    session.tell(words.exporting.nothing, "info", place);
    return;
  }
  session.save(file, new Blob(pages, { type: "application/jsonl" }));
  session.tell(words.exporting.saved(count, file), "info", place);
}

/**
 * @param {Room} room
 * @param {Message} message
 */
function asJson({ name, isPrivate }, { tags, nick, command, params }) {
  const { time = null, msgid = null, account = null } = tags;
  const place = isPrivate ? { with: name } : { room: name };
  const others = Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith("+")));
  return JSON.stringify({ time, msgid, ...place, nick, account, command, text: params[1] ?? "", tags: others });
}
