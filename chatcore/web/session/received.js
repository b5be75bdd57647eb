/**
 * What each message from the tracker changes: one handler per command, in the table at the end. Pure.
 *
 * @import { Entry } from "./entries.js"
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 * @import { Session } from "./session.js"
 */

import { MAX_WELCOME } from "../protocol/bounds.js";
import { casefold, withoutFormatting } from "../protocol/irc.js";
import { MULTILINE, wholeOf } from "../protocol/multiline.js";
import { isName, isRoom, splitRank } from "../protocol/names.js";
import { words } from "../words.js";
import { cameBack, returnToRooms } from "./comeback.js";
import { notLetIn } from "./entering.js";
import { asEntry, timeOf } from "./entries.js";
import { noteInvitation } from "./finding.js";
import { takeReplay, takeTargets } from "./history.js";
import { isUnheard } from "./ignored.js";
import { endOfNames, joined, kicked, names, parted, quit, renamed, roomRenamed } from "./members.js";
import { moded } from "./moded.js";
import { nowOperator } from "./moderation.js";
import { sayableAt, unheard } from "./obstacle.js";
import { forgetPresence, PRESENCE } from "./presence.js";
import { noteAnswer } from "./quotes.js";
import { reacted, reactorRenamed } from "./reactions.js";
import { redacted } from "./redacting.js";
import { registered } from "./registering.js";
import { arrived } from "./sending.js";
import { noted } from "./sharing.js";
import { topicChanged, topicIs } from "./topic.js";
import { typing } from "./typing.js";
import { countUnread, readElsewhere } from "./unread.js";
import { WATCHING } from "./watching.js";

const NO_SUCH_NICK = "401";
const MAY_NOT_SPEAK = "404";
const WARNING = "WARN";
const NOT_A_MODE = "696"; // its text names a letter that nobody typed
const SILENT_ERRORS = new Set(["422"]); // there is no MOTD

/**
 * Apply a message of one command; `now` is as for `receive`.
 * @typedef {(session: Session, message: Message, now: number) => void} Handler
 */

/**
 * Apply one message.
 * @param {Session} session
 * @param {Message} message
 * @param {number} now by the clock that typing is measured with, in ms
 */
export function receive(session, message, now = 0) {
  const { questions } = session;
  const isLive = !questions.batches.has(message.tags.batch ?? "");
  if (questions.hold(message) || isUnheard(session, message)) return;
  if (isLive) session.tracker.clock = clockAfter(session, message);
  session.asked = questions.of(message)?.room ?? null;
  const handler = HANDLERS[message.command];
  if (handler) handler(session, message, now);
  else if (/^[45]\d\d$/.test(message.command)) problem(session, message, now);
  questions.settle(message, now);
  session.asked = null;
}

/**
 * Return the tracker's clock after a message. Messages that waited for our return carry the time when they were said.
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
  if (!session.isResumed) forgetPresence(session);
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
  if (room.isPrivate || entry.isMine) room.obstacle = null;
  if (!entry.isMine) room.away = "";
  noteAnswer(room, entry);
  if (entry.isMine && echoed(session, room, entry, message.tags.label)) return;
  if (session.add(room, entry) && !entry.isMine) countUnread(session, room, entry);
}

/**
 * Mark our own message as delivered when it is echoed. Returns whether we were waiting for it.
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
 * Say that the person we wrote to is away: once, until they speak or give another reason.
 * @type {Handler}
 */
function away(session, message) {
  const [, nick = "", why = ""] = message.params;
  session.people.learn(nick, { isAway: true, why: withoutFormatting(why) });
  if (session.questions.of(message)?.take) return; // the user asked whether somebody is away
  const room = session.find(nick);
  if (room?.away === why) return;
  if (room) room.away = why;
  session.tell(words.events.away(nick, withoutFormatting(why)), "info", room);
}

/** @type {Handler} */
function invited(session, { nick, params }) {
  const [target = "", name = ""] = params;
  if (!isName(name) || !isRoom(name)) return;
  const isMine = session.isMe(target);
  const text = words.events.invited(nick, isMine ? "" : target, name);
  const invitation = isMine ? name : "";
  if (isMine) noteInvitation(session, name, nick);
  const room = isMine ? session.current : (session.find(name) ?? session.current); // invite-notify
  if (room) session.add(room, { kind: "info", nick: "", text, id: "", invitation });
}

/** @type {Handler} */
function batched(session, message, now) {
  const { questions } = session;
  if (message.params[0]?.startsWith("+")) {
    questions.begin(message);
    return;
  }
  const batch = questions.end(message);
  if (!batch) return;
  const whole = batch.type === MULTILINE ? wholeOf(batch) : null;
  if (whole) receive(session, whole, now);
  if (batch.type === "draft/chathistory-targets") takeTargets(session, batch.messages);
  session.asked = questions.waiting.get(batch.label)?.room ?? null;
  const isAnswer = questions.settleBatch(batch, now);
  if (batch.type === "chathistory" && !isAnswer) takeReplay(session, batch.params[0] ?? "", batch.messages);
}

/**
 * Show a failure where the command was given.
 * @type {Handler}
 */
function problem(session, message, now) {
  const { command, params, tags } = message;
  const text = params.at(-1) ?? "";
  const question = session.questions.of(message);
  const refused = question || !tags.label ? null : waitingFor(session, tags.label);
  if (SILENT_ERRORS.has(command)) return;
  if (refused) refusedIn(refused.room, refused.entry, text, message, now);
  else if (question?.fail && command !== WARNING) question.fail(text, message);
  else if (question) session.tell(saidOf(session, message), "error");
  else unasked(session, message);
  if (question) question.hasFailed ||= command !== WARNING;
}

/**
 * Return our own message with this label, and its room.
 * @param {Session} session
 * @param {string} label
 */
function waitingFor(session, label) {
  for (const room of session.rooms.values()) {
    const entry = room.pending.find((each) => each.label === label);
    if (entry) return { room, entry };
  }
  return null;
}

/**
 * Mark our own message as refused.
 * @param {Room} room
 * @param {Entry} entry
 * @param {string} reason
 * @param {Message} message the refusal
 * @param {number} now
 */
function refusedIn(room, entry, reason, message, now) {
  Object.assign(entry, { state: "refused", reason, until: sayableAt(reason, now) });
  unheard(room, reason, message);
}

/**
 * Show a failure that belongs to no question of ours, as far as the tracker says.
 * @param {Session} session
 * @param {Message} message
 */
function unasked(session, message) {
  const subjects = message.params.slice(0, -1);
  const isOfTyping =
    message.command === MAY_NOT_SPEAK ||
    (message.command === NO_SUCH_NICK && session.find(subjects[1] ?? "")?.isPrivate);
  if (isOfTyping) return; // where there are no labels
  notLetIn(session, subjects.find(isRoom) ?? "", message.params.at(-1) ?? "");
  const room = subjects.map((subject) => session.find(subject)).find((found) => found);
  session.tell(saidOf(session, message), "error", room ?? session.current);
}

/**
 * Return what a failure says, and about whom or what, leaving out the room that it is shown in.
 * @param {Session} session
 * @param {Message} message
 */
function saidOf(session, { command, params }) {
  const subjects = params.slice(0, -1);
  const saysAll = command === NOT_A_MODE || (command === "FAIL" && subjects[0] === "REGISTER");
  const words = saysAll ? [] : subjects.slice(/^\d/.test(command) ? 1 : 2); // leave out our nick and the code
  return [...words.filter((subject) => !session.find(subject)), params.at(-1) ?? ""].join(": ");
}

/** @type {Object<string, Handler>} */
const HANDLERS = {
  ...PRESENCE,
  ...WATCHING,
  "001": welcome,
  "003": created,
  "005": isupport,
  301: away,
  332: topicIs,
  353: names,
  366: endOfNames,
  372: motd,
  376: returnToRooms,
  381: nowOperator,
  [NOT_A_MODE]: problem,
  422: returnToRooms,
  BATCH: batched,
  FAIL: problem,
  INVITE: invited,
  JOIN: joined,
  KICK: kicked,
  MARKREAD: readElsewhere,
  MODE: moded,
  NICK(session, message, now) {
    renamed(session, message, now);
    reactorRenamed(session, message, now);
  },
  NOTE: noted,
  NOTICE: said,
  PART: parted,
  PING: (session, { params }) => session.send({ command: "PONG", params: [params.at(-1) ?? ""] }),
  PONG: cameBack,
  PRIVMSG: said,
  QUIT: quit,
  REGISTER: registered,
  RENAME: roomRenamed,
  REDACT: redacted,
  TAGMSG(session, message, now) {
    typing(session, message, now);
    reacted(session, message, now);
  },
  TOPIC: topicChanged,
  WARN: problem,
};
