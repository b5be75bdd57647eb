/**
 * The commands about earlier messages: handlers of the table in `table.js`. Pure.
 *
 * @import { Run } from "./ordering.js"
 */

import { SEARCH } from "../protocol/capabilities.js";
import { isRoom } from "../protocol/names.js";
import { startExport } from "../session/export.js";
import { requestHistory } from "../session/history.js";
import { isEnd, put } from "../session/placing.js";
import { openSearch } from "../session/search.js";
import { words } from "../words.js";

const DEFAULT_HISTORY = 100;

/** @type {Run} */
export function history(session, text) {
  const room = session.current;
  const count = Number(text || DEFAULT_HISTORY);
  if (!room) return words.commands.inNoRoom;
  if (!Number.isInteger(count) || count < 1) return words.commands.notANumber(text);
  if (!session.isOnline) return words.common.notConnected;
  room.leavePast();
  requestHistory(session, room.name, "LATEST", "*", count, {
    take(messages, most) {
      const { present } = room;
      present.problem = "";
      const isNew = put(session, room, present, messages).length > 0;
      if (isEnd(messages, most)) present.hasOlder = false;
      if (!isNew) session.tell(messages.length ? words.commands.allIsHere : words.commands.nothingWasSaid);
    },
    fail: (problem) => session.tell(problem, "error"),
  });
}

/** @type {Run} */
export function search(session, text) {
  if (!session.tracker.can(SEARCH)) return words.commands.cannotSearch;
  openSearch(session, text);
}

/** @type {Run} */
export function save(session, text) {
  if (text.toLowerCase() === "stop") {
    if (!session.export) return words.commands.noExport;
    session.export = null;
    return;
  }
  const [, all, name = "", file = ""] = /^(?:(all)(?!\S)|in:(\S*))?\s*(.*)$/is.exec(text) ?? [];
  if (all) return startExport(session, [...session.rooms.values()], file);
  const room = name ? (session.find(name) ?? session.find(isRoom(name) ? name : `#${name}`)) : session.current;
  if (!room) return name ? words.commands.notOpen(name) : words.commands.openFirst;
  return startExport(session, [room], file);
}
