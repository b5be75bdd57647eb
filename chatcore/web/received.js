/** What each message of the tracker changes: one handler a command, in the table at the end. Pure. */

import { CUT, MAX_BATCHES, MAX_ENTRIES, MAX_TYPING, MAX_WELCOME, makePlace } from "./bounds.js";
import { asEntry, timeOf } from "./entries.js";
import { catchUp, comeIn, historyFailed, noteLost, takeHistory, takeTargets } from "./history.js";
import { casefold, withoutFormatting } from "./irc.js";
import { isRoom } from "./names.js";
import { LOBBY, TYPING_LASTS_MS } from "./session.js";

const PREFIX_CHARACTERS = /^[~&@%+]*/;
const SILENT_ERRORS = new Set(["422"]); // there is no MOTD

/**
 * Apply one message. `now` is the clock that typing is measured with, in ms.
 * @param {import("./session.js").Session} session
 */
export function receive(session, message, now = 0) {
  const batch = message.tags.batch && session.batches.get(message.tags.batch);
  if (batch) message.tags.label ??= batch.label;
  if (batch && message.command !== "BATCH" && batch.type !== "labeled-response") {
    if (batch.messages.push(message) > MAX_ENTRIES) batch.messages.splice(0, CUT);
    return;
  }
  if (!batch) session.clock = timeOf(message) || session.clock;
  const handler = HANDLERS[message.command];
  if (handler) handler(session, message, now);
  else if (/^[45]\d\d$/.test(message.command)) problem(session, message);
}

/** Note that the connection is gone. */
export { noteLost };

function welcome(session, { source, params }) {
  session.nick = params[0];
  session.source = "";
  session.serverName = source;
  session.motd = [];
}

function created(session, { params }) {
  session.isSameTracker = !session.trackerBorn || session.trackerBorn === params.at(-1);
  session.trackerBorn = params.at(-1);
}

function isupport(session, { params }) {
  for (const token of params.slice(1, -1)) {
    const [key, value = ""] = token.split("=", 2);
    if (session.isupport.size < MAX_WELCOME) session.isupport.set(key, value);
  }
}

function motd(session, { params }) {
  if (session.motd.push(params.at(-1).replace(/^- /, "")) > MAX_WELCOME) session.motd.shift();
}

function said(session, message) {
  const entry = asEntry(session, message);
  const [target] = message.params;
  if (!entry) return;
  if (!message.source.includes("!") && !isRoom(target)) {
    session.tell(entry.text, "notice");
    return;
  }
  const room = isRoom(target) ? session.find(target) : session.ensure(entry.isMine ? target : message.nick);
  if (!room) return;
  room.typing.delete(casefold(message.nick));
  if (entry.isMine && echoed(session, room, entry, message.tags.label)) return;
  if (session.add(room, entry) && !entry.isMine) session.countUnread(room, entry);
}

/** An own message has come back: it is delivered. Returns whether it was waited for. */
function echoed(session, room, entry, label) {
  const waiting = room.pending.find((other) => label && other.label === label);
  if (!waiting) return false;
  session.discard(room, waiting);
  session.add(room, Object.assign(waiting, entry, { key: waiting.key, state: "" }));
  return true;
}

function typing(session, { nick, tags, params }, now) {
  const state = tags["+typing"];
  const room = session.find(isRoom(params[0]) ? params[0] : nick);
  if (!room || !state || session.isMe(nick)) return;
  const lasts = TYPING_LASTS_MS[state];
  if (lasts) makePlace(room.typing, MAX_TYPING);
  if (lasts) room.typing.set(casefold(nick), { nick, until: now + lasts });
  else room.typing.delete(casefold(nick));
}

function joined(session, message) {
  const { nick, source, params } = message;
  const room = session.isMe(nick) ? session.ensure(params[0]) : session.find(params[0]);
  if (!room) return;
  if (!session.isMe(nick)) {
    if (session.hasPlace) room.members.set(casefold(nick), { nick, prefix: "" });
    else room.hasMoreMembers = true;
    event(session, room, message, `${nick} came in`);
    return;
  }
  session.source = source;
  const isFirst = !room.entries.length;
  Object.assign(room, { name: params[0], isJoined: true, topic: "", members: new Map(), hasMoreMembers: false });
  session.wanted.delete(casefold(room.name));
  if (session.openOnJoin === casefold(room.name)) {
    room.key = session.joinKey || room.key;
    session.openOnJoin = "";
    session.open(room);
  }
  if (isFirst && casefold(room.name) === LOBBY) {
    for (const line of session.motd) session.add(room, { kind: "info", nick: "", text: line, id: "", time: 1 });
  }
  catchUp(session, room);
}

function left(session, message, nick, text) {
  const room = session.find(message.params[0]);
  if (!room) return;
  room.typing.delete(casefold(nick));
  room.members.delete(casefold(nick));
  event(session, room, message, text);
  if (!session.isMe(nick)) return;
  room.isJoined = false;
  room.members.clear();
}

function parted(session, message) {
  const room = session.find(message.params[0]);
  if (session.isMe(message.nick) && room) session.forget(room);
  else left(session, message, message.nick, `${message.nick} left${reason(message.params[1])}`);
}

function kicked(session, message) {
  const [, target, why] = message.params;
  const who = session.isMe(target) ? "You were" : `${target} was`;
  left(session, message, target, `${who} removed by ${message.nick}${reason(why === message.nick ? "" : why)}`);
}

function quit(session, message) {
  const { nick, params } = message;
  for (const room of session.rooms.values()) {
    const isHere = room.members.delete(casefold(nick)) || (room.isPrivate && casefold(room.name) === casefold(nick));
    room.typing.delete(casefold(nick));
    const why = params[0] === "Quit" ? "" : params[0]?.replace(/^Quit: /, "");
    if (isHere) event(session, room, message, `${nick} left the chat${reason(why)}`);
  }
}

function renamed(session, message) {
  const { nick } = message;
  const [name] = message.params;
  const isMine = session.isMe(nick);
  if (isMine) session.nick = name;
  if (isMine) session.source = session.source.replace(/^[^!]*/, () => name);
  for (const [folded, room] of [...session.rooms]) {
    const member = room.members.get(casefold(nick));
    const isPartner = room.isPrivate && folded === casefold(nick);
    room.typing.delete(casefold(nick));
    if (member) {
      room.members.delete(casefold(nick));
      room.members.set(casefold(name), { ...member, nick: name });
    }
    if (isPartner && (folded === casefold(name) || !session.find(name))) {
      session.rooms.delete(folded);
      session.rooms.set(casefold(name), Object.assign(room, { name }));
    }
    if (member || isPartner) event(session, room, message, isMine ? `You are now ${name}` : `${nick} is now ${name}`);
  }
}

function topicIs(session, { params }) {
  const room = session.find(params[1]);
  if (room) room.topic = withoutFormatting(params[2] ?? "");
}

function topicChanged(session, message) {
  const room = session.find(message.params[0]);
  if (!room) return;
  room.topic = withoutFormatting(message.params[1] ?? "");
  const text = room.topic ? `${message.nick} set the topic: ${room.topic}` : `${message.nick} removed the topic`;
  event(session, room, message, text);
}

function moded(session, message) {
  const [target, ...modes] = message.params;
  const room = session.find(target);
  if (!room || !isRoom(target)) return;
  event(session, room, message, `${message.nick || "The tracker"} set ${modes.join(" ")}`);
  session.send({ command: "NAMES", params: [room.name] });
}

function names(session, { params }) {
  const room = session.find(params[2]);
  if (!room) return;
  room.arriving ??= new Map();
  if (!session.hasPlace) {
    room.hasMoreMembers = true;
    return;
  }
  for (const word of params[3].split(" ")) {
    const [prefix] = PREFIX_CHARACTERS.exec(word);
    const nick = word.slice(prefix.length);
    if (nick) room.arriving.set(casefold(nick), { nick, prefix: prefix[0] ?? "" });
  }
}

function endOfNames(session, { params }) {
  const room = session.find(params[1]);
  if (!room?.arriving) return;
  room.members = room.arriving;
  room.arriving = null;
}

function invited(session, { nick, params }) {
  const [target, name] = params;
  const text = session.isMe(target) ? `${nick} invites you to ${name}` : `${nick} invites ${target} to ${name}`;
  const entry = { kind: "info", nick: "", text, id: "", invitation: session.isMe(target) ? name : "" };
  if (session.current) session.add(session.current, entry);
}

function batched(session, message) {
  const [reference, type, ...params] = message.params;
  const id = reference.slice(1);
  if (reference.startsWith("+")) {
    makePlace(session.batches, MAX_BATCHES);
    session.batches.set(id, { type, params, label: message.tags.label ?? "", messages: [] });
    return;
  }
  const batch = session.batches.get(id);
  session.batches.delete(id);
  if (batch?.type === "chathistory") takeHistory(session, batch.params[0], batch.messages, batch.label);
  if (batch?.type === "draft/chathistory-targets") takeTargets(session, batch.messages);
}

/** Something that was asked for did not work: said where it was asked. */
function problem(session, { command, params, tags }) {
  const text = params.at(-1);
  if (SILENT_ERRORS.has(command)) return;
  if (session.requests.has(tags.label)) {
    historyFailed(session, tags.label);
    return;
  }
  for (const room of session.rooms.values()) {
    const refused = room.pending.find((entry) => tags.label && entry.label === tags.label);
    if (refused) {
      Object.assign(refused, { state: "refused", reason: text });
      return;
    }
  }
  const room = params.slice(0, -1).map((param) => session.find(param)).find((found) => found);
  const name = params.slice(0, -1).find((param) => isRoom(param)) ?? "";
  session.wanted.delete(casefold(name));
  if (room && !room.isJoined) {
    for (const entry of room.pending) if (entry.state === "lost") Object.assign(entry, { state: "uncertain", reason: text });
  }
  session.tell(name && !room ? `${name}: ${text}` : text, "error", room ?? session.current);
}

function event(session, room, message, text) {
  const entry = { kind: "event", nick: "", text: withoutFormatting(text), id: message.tags.msgid ?? "" };
  session.add(room, { ...entry, time: timeOf(message) });
}

function reason(text) {
  return text ? ` (${text})` : "";
}

const HANDLERS = {
  "001": welcome,
  "003": created,
  "005": isupport,
  332: topicIs,
  353: names,
  366: endOfNames,
  372: motd,
  376: comeIn,
  422: comeIn,
  BATCH: batched,
  FAIL: problem,
  INVITE: invited,
  JOIN: joined,
  KICK: kicked,
  MODE: moded,
  NICK: renamed,
  NOTICE: said,
  PART: parted,
  PING: (session, { params }) => session.send({ command: "PONG", params: [params.at(-1)] }),
  PRIVMSG: said,
  QUIT: quit,
  TAGMSG: typing,
  TOPIC: topicChanged,
  WARN: problem,
};
