/**
 * What each message of the tracker changes: one handler a command, in the table at the end. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { CUT, MAX_BATCHES, MAX_ENTRIES, MAX_WELCOME, makePlace } from "../protocol/bounds.js";
import { casefold, withoutFormatting } from "../protocol/irc.js";
import { addLine, MULTILINE, wholeOf } from "../protocol/multiline.js";
import { isRoom, splitRank } from "../protocol/names.js";
import { cameBack, comeIn } from "./comeback.js";
import { asEntry, timeOf } from "./entries.js";
import { takeReplay, takeTargets } from "./history.js";
import { endOfNames, event, joined, kicked, names, parted, quit, renamed, roomRenamed } from "./members.js";
import { changed, endOfKeptOut, endOfListed, keptOut, listed, modesAre, nowOperator } from "./moderation.js";
import { moded } from "./modes.js";
import { registered } from "./registering.js";
import { arrived } from "./sending.js";
import { noted, notInvited } from "./sharing.js";
import { typing } from "./typing.js";

const NO_SUCH_NICK = "401";
const MAY_NOT_SPEAK = "404";
const NOT_A_MODE = "696"; // about a letter that nobody typed
const SILENT_ERRORS = new Set(["422"]); // there is no MOTD

/**
 * Applies a message of one command; `now` is as for `receive`.
 * @typedef {(session: Session, message: Message, now: number) => void} Handler
 */

/**
 * Apply one message.
 * @param {Session} session
 * @param {Message} message
 * @param {number} now by the clock that typing is measured with, in ms
 */
export function receive(session, message, now = 0) {
  const batch = session.questions.batches.get(message.tags.batch ?? "");
  if (batch) message.tags.label ??= batch.label;
  if (batch && message.command !== "BATCH" && batch.type !== "labeled-response") {
    if (batch.type === MULTILINE) addLine(batch, message);
    else if (batch.messages.push(message) > MAX_ENTRIES) batch.messages.splice(0, CUT);
    return;
  }
  if (!batch) session.tracker.clock = clockAfter(session, message);
  const handler = HANDLERS[message.command];
  if (handler) handler(session, message, now);
  else if (/^[45]\d\d$/.test(message.command)) problem(session, message, now);
  session.questions.hear(message, batch);
}

/**
 * Return the tracker's time after a message: what waited for one to come back tells when that was said.
 * @param {Session} session
 * @param {Message} message
 */
function clockAfter(session, message) {
  const time = timeOf(message) || session.tracker.clock;
  return message.command === "PRIVMSG" || message.command === "BATCH" ? Math.max(time, session.tracker.clock) : time;
}

/** @type {Handler} */
function welcome(session, { source, params }) {
  session.nick = params[0] ?? "";
  session.source = "";
  if (!session.isResumed) Object.assign(session.orders, { isOperator: false, mayNotInvite: false });
  session.tracker.name = source;
  session.tracker.motd = [];
}

/** @type {Handler} */
function created(session, { params }) {
  const born = params.at(-1) ?? "";
  session.tracker.isSame = !session.tracker.born || session.tracker.born === born;
  session.tracker.born = born;
}

/** @type {Handler} */
function isupport(session, { params }) {
  for (const token of params.slice(1, -1)) {
    const [key = "", value = ""] = token.split("=", 2);
    if (session.tracker.isupport.size < MAX_WELCOME) session.tracker.isupport.set(key, value);
  }
}

/** @type {Handler} */
function motd(session, { params }) {
  const line = params.at(-1) ?? "";
  if (session.tracker.motd.push(line.replace(/^- /, "")) > MAX_WELCOME) session.tracker.motd.shift();
}

/** @type {Handler} */
function said(session, message) {
  const entry = asEntry(session, message);
  const [, target] = splitRank(message.params[0] ?? "");
  if (!entry) return;
  if (!message.source.includes("!") && !isRoom(target)) {
    session.tell(entry.text, "notice");
    return;
  }
  const room = isRoom(target) ? session.find(target) : session.ensure(entry.isMine ? target : message.nick);
  if (!room) return;
  room.typing.delete(casefold(message.nick));
  if (!entry.isMine) room.away = "";
  if (entry.isMine && echoed(session, room, entry, message.tags.label)) return;
  if (session.add(room, entry) && !entry.isMine) session.countUnread(room, entry);
}

/**
 * An own message has come back: it is delivered. Returns whether it was waited for.
 * @param {Session} session
 * @param {Room} room
 * @param {Entry} entry
 * @param {string | undefined} label
 */
function echoed(session, room, entry, label) {
  const waiting = room.pending.find((other) => label && other.label === label);
  if (!waiting) return false;
  session.add(room, arrived(room, waiting, entry));
  return true;
}

/**
 * Somebody who was written to is not there: said once, until they speak or say something else of it.
 * @type {Handler}
 */
function away(session, { params, tags }) {
  if (session.questions.isForWhole(tags.label)) return; // somebody's absence was asked for
  const [, nick = "", words = ""] = params;
  const room = session.find(nick);
  if (room?.away === words) return;
  if (room) room.away = words;
  session.tell(`${nick} is away: ${withoutFormatting(words)}`, "info", room ?? session.current);
}

/** @type {Handler} */
function topicIs(session, { params }) {
  const room = session.find(params[1] ?? "");
  if (room) room.topic = withoutFormatting(params[2] ?? "");
}

/** @type {Handler} */
function topicChanged(session, message) {
  const [name = "", words = ""] = message.params;
  const room = session.find(name);
  if (!room) return;
  room.topic = withoutFormatting(words);
  const text = room.topic ? `${message.nick} set the topic: ${room.topic}` : `${message.nick} removed the topic`;
  event(session, room, message, text);
}

/** @type {Handler} */
function invited(session, { nick, params }) {
  const [target = "", name = ""] = params;
  const isMine = session.isMe(target);
  const text = `${nick} invites ${isMine ? "you" : target} to ${name}`;
  const invitation = isMine ? name : "";
  if (session.current) session.add(session.current, { kind: "info", nick: "", text, id: "", invitation });
}

/** @type {Handler} */
function batched(session, message, now) {
  const [reference = "", type = "", ...params] = message.params;
  const id = reference.slice(1);
  if (reference.startsWith("+")) {
    makePlace(session.questions.batches, MAX_BATCHES);
    session.questions.batches.set(id, {
      opening: message,
      type,
      params,
      label: message.tags.label ?? "",
      messages: [],
    });
    return;
  }
  const batch = session.questions.batches.get(id);
  session.questions.batches.delete(id);
  const whole = batch?.type === MULTILINE ? wholeOf(batch) : null;
  if (whole) receive(session, whole, now);
  if (batch?.type === "draft/chathistory-targets") takeTargets(session, batch.messages);
  if (batch?.type === "labeled-response") session.questions.end(batch);
  if (batch?.type !== "chathistory" && batch?.type !== "soju.im/search") return;
  const answer = session.questions.answered(batch.label);
  if (answer) answer.take(batch.messages);
  else if (batch.type === "chathistory") takeReplay(session, batch.params[0] ?? "", batch.messages);
}

/**
 * Something that was asked for did not work: say so where it was asked.
 * @type {Handler}
 */
function problem(session, message) {
  const { command, params, tags } = message;
  const text = params.at(-1) ?? "";
  if (SILENT_ERRORS.has(command)) return;
  const question = session.questions.answered(tags.label ?? "");
  if (question) {
    question.fail(text, message);
    return;
  }
  for (const room of session.rooms.values()) {
    const refused = room.pending.find((entry) => tags.label && entry.label === tags.label);
    if (refused) {
      Object.assign(refused, { state: "refused", reason: text });
      return;
    }
  }
  const subjects = params.slice(0, -1);
  const isOfTyping =
    command === MAY_NOT_SPEAK || (command === NO_SUCH_NICK && session.find(subjects[1] ?? "")?.isPrivate);
  if (isOfTyping) return; // that we type could not be told; what is said has a label
  const room = subjects.map((subject) => session.find(subject)).find((found) => found);
  const name = subjects.find(isRoom) ?? "";
  session.wanted.settle(name);
  if (room && !room.isJoined) {
    for (const entry of room.pending)
      if (entry.state === "lost") Object.assign(entry, { state: "uncertain", reason: text });
  }
  const saysAll = command === NOT_A_MODE || (command === "FAIL" && subjects[0] === "REGISTER");
  const words = saysAll ? [] : subjects.slice(/^\d/.test(command) ? 1 : 2); // but for me, or the code
  const about = words.filter((subject) => !session.find(subject));
  session.tell([...about, text].join(": "), "error", room ?? session.current);
}

/** @type {Object<string, Handler>} */
const HANDLERS = {
  "001": welcome,
  "003": created,
  "005": isupport,
  216: keptOut,
  219: endOfKeptOut,
  301: away,
  324: modesAre,
  332: topicIs,
  353: names,
  366: endOfNames,
  367: listed,
  368: endOfListed,
  372: motd,
  376: comeIn,
  381: nowOperator,
  [NOT_A_MODE]: problem,
  422: comeIn,
  ACK: changed,
  BATCH: batched,
  FAIL(session, message, now) {
    notInvited(session, message, now);
    problem(session, message, now);
  },
  INVITE: invited,
  JOIN: joined,
  KICK: kicked,
  MODE(session, message, now) {
    moded(session, message, now);
    changed(session, message, now);
  },
  NICK: renamed,
  NOTE: noted,
  NOTICE: said,
  PART: parted,
  PING: (session, { params }) => session.send({ command: "PONG", params: [params.at(-1) ?? ""] }),
  PONG: cameBack,
  PRIVMSG: said,
  QUIT: quit,
  REGISTER: registered,
  RENAME: roomRenamed,
  TAGMSG: typing,
  TOPIC: topicChanged,
  WARN: problem,
};
