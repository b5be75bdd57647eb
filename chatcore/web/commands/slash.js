/**
 * What a person types that begins with a slash. Commands are data: the help derives from the table. Pure.
 *
 * @import { Session } from "../session/session.js"
 */

import { SEARCH } from "../protocol/capabilities.js";
import { asRoom, isRoom, splitRank } from "../protocol/names.js";
import { startExport } from "../session/export.js";
import { ban, kick, kill, kline, mute, oper, slow, unban, unkline, unmute } from "../session/moderation.js";
import { register } from "../session/registering.js";
import { openSearch } from "../session/search.js";
import { say } from "../session/sending.js";
import { invite } from "../session/sharing.js";

/**
 * One command; `run` is given what follows its name, and returns what is wrong with it, if anything.
 * @typedef {{syntax: string, help: string, run: (session: Session, text: string) => string | void}} Command
 */

/** @type {Object<string, Command>} */
const COMMANDS = {
  join: { syntax: "ROOM [PASSWORD]", help: "enter a room", run: join },
  leave: { syntax: "[ROOM]", help: "leave a room, or close a conversation", run: leave },
  msg: { syntax: "NAME [TEXT]", help: "talk to one person privately", run: message },
  name: { syntax: "NEWNAME", help: "change your username", run: rename },
  register: { syntax: "", help: "make an account of your username; asks for its password", run: register },
  "invite-link": { syntax: "[ROOM]", help: "make a link by which others come in; or: revoke ID", run: invite },
  topic: { syntax: "[TEXT]", help: "show or set what this room is about", run: topic },
  me: { syntax: "TEXT", help: "say what you are doing: * ann waves", run: action },
  search: { syntax: "[WORDS]", help: "find what was said; in:#room or from:ann narrows it down", run: search },
  export: { syntax: "", help: "save what you may read here, as JSON lines", run: save },
  kick: { syntax: "NAME [REASON]", help: "put somebody out of this room", run: kick },
  ban: { syntax: "[NAME] [REASON]", help: "put somebody out and keep them out; alone, list who is banned", run: ban },
  unban: { syntax: "NAME", help: "let somebody come to this room again", run: unban },
  mute: { syntax: "[NAME]", help: "let somebody read here, but not speak; alone, list who is muted", run: mute },
  unmute: { syntax: "NAME", help: "let somebody speak here again", run: unmute },
  slow: { syntax: "[SECONDS | off]", help: "one message each in so many seconds; alone, show it", run: slow },
  oper: { syntax: "NAME [PASSWORD]", help: "become an IRC operator; asks for the password", run: oper },
  kill: { syntax: "NAME [REASON]", help: "IRC operators: disconnect somebody", run: kill },
  kline: { syntax: "[WHO] [REASON]", help: "IRC operators: keep a name or an address out", run: kline },
  unkline: { syntax: "WHO", help: "IRC operators: let a name or an address in again", run: unkline },
  help: { syntax: "", help: "show this", run: help },
};

const COMMAND = /^\/(?!\/)([^\s/]*)(\s.*)?$/s; // a path such as /etc/hosts is none
const SECRET = /^\s+\/(?=(oper|register)\s)/i; // with a blank before it, too: no password is ever a message

/**
 * Return whether a text is a command.
 * @param {string} text
 */
export function isCommand(text) {
  return commandIn(text) !== null;
}

/**
 * Do what was typed: a command, or else a message to the current room. `//text` says `/text`.
 * @param {Session} session
 * @param {string} text
 */
export function typed(session, text) {
  const found = commandIn(text);
  if (!found) {
    if (session.current) say(session, session.current, isOneLine(text) ? text.replace(/^[\r\n]*\/\//, "/") : text);
    return;
  }
  const [, name = "", rest = ""] = found;
  const command = Object.hasOwn(COMMANDS, name.toLowerCase()) && COMMANDS[name.toLowerCase()];
  const problem = command ? command.run(session, rest.trim()) : `There is no /${name}; /help lists the commands`;
  if (problem) session.tell(problem, "error");
}

/**
 * Several lines are never a command: nobody means to carry out what they paste.
 * @param {string} text
 */
function commandIn(text) {
  return isOneLine(text) ? COMMAND.exec(text.replace(/^[\r\n]+/, "").replace(SECRET, "/")) : null;
}

/** @param {string} text */
function isOneLine(text) {
  return !/[\r\n]/.test(text.trim());
}

/** @type {Command["run"]} */
function join(session, text) {
  const [name, key] = text.split(/\s+/);
  if (!name) return "Which room? /join ROOM";
  session.join(asRoom(name), key);
}

/** @type {Command["run"]} */
function leave(session, text) {
  const room = text ? (session.find(text) ?? session.find(asRoom(text))) : session.current;
  if (!room) return "You are not in that room";
  session.leave(room);
}

/** @type {Command["run"]} */
function message(session, text) {
  const [, name, words] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  if (!name || isRoom(name)) return "To whom? /msg NAME TEXT";
  const [rank, place] = splitRank(name);
  if (rank) return toRank(session, rank, place, words);
  const room = session.talkTo(name);
  if (words && room) say(session, room, words);
}

/**
 * Say something to those of a room alone who have a rank.
 * @param {Session} session
 * @param {string} rank
 * @param {string} name
 * @param {string} words
 */
function toRank(session, rank, name, words = "") {
  const room = session.find(name);
  if (!room?.isJoined) return `You are not in ${name}`;
  if (words) say(session, room, words, "message", rank);
}

/** @type {Command["run"]} */
function rename(session, text) {
  if (!text || /\s/.test(text)) return "Which name? /name NEWNAME, without spaces";
  if (!session.isOnline) return "You are not connected";
  session.order({ command: "NICK", params: [text] });
}

/** @type {Command["run"]} */
function topic(session, text) {
  const room = session.current;
  if (!room || room.isPrivate) return "Only rooms have a topic";
  if (!text) return session.tell(room.topic ? `The topic is: ${room.topic}` : "There is no topic");
  if (!session.isOnline) return "You are not connected";
  session.order({ command: "TOPIC", params: [room.name, text] });
}

/** @type {Command["run"]} */
function action(session, text) {
  if (!text) return "Doing what? /me TEXT";
  if (session.current) say(session, session.current, text, "action");
}

/** @type {Command["run"]} */
function search(session, text) {
  if (!session.tracker.can(SEARCH)) return "This tracker cannot search";
  openSearch(session, text);
}

/** @type {Command["run"]} */
function save(session) {
  const room = session.current;
  return room ? startExport(session, room) : "Open a room or conversation first";
}

/** @type {Command["run"]} */
function help(session) {
  for (const [name, { syntax, help: words }] of Object.entries(COMMANDS)) {
    const synopsis = `/${name} ${syntax}`.trim();
    session.tell(`${synopsis} \u2013 ${words}`);
  }
  session.tell("//TEXT \u2013 say something that begins with a slash");
  session.tell("Text of several lines is never a command.");
  session.tell("Alt+\u2191 and Alt+\u2193 switch rooms; Shift+Enter starts a new line.");
}
