/** What a person types that begins with a slash. Commands are data: the help derives from the table. Pure. */

import { asRoom, isRoom } from "./names.js";

const COMMANDS = {
  join: { syntax: "ROOM [PASSWORD]", help: "enter a room", run: join },
  leave: { syntax: "[ROOM]", help: "leave a room, or close a conversation", run: leave },
  msg: { syntax: "NAME [TEXT]", help: "talk to one person only", run: message },
  name: { syntax: "NEWNAME", help: "change your username", run: rename },
  topic: { syntax: "[TEXT]", help: "show or set what this room is about", run: topic },
  me: { syntax: "TEXT", help: "say what you do: * ann waves", run: action },
  help: { syntax: "", help: "show this", run: help },
};

const COMMAND = /^\/(?!\/)([^\s/]*)(\s[^]*)?$/; // a path, as /etc/hosts, is none

/** Tell whether a text is a command. */
export function isCommand(text) {
  return commandIn(text) !== null;
}

/** Do what was typed: a command, or else a message to the current room. `//text` says `/text`. */
export function typed(session, text) {
  const found = commandIn(text);
  if (!found) {
    if (session.current) session.say(session.current, isOneLine(text) ? text.replace(/^[\r\n]*\/\//, "/") : text);
    return;
  }
  const command = Object.hasOwn(COMMANDS, found[1].toLowerCase()) ? COMMANDS[found[1].toLowerCase()] : null;
  const problem = command ? command.run(session, (found[2] ?? "").trim()) : `There is no /${found[1]}; /help shows what there is`;
  if (problem) session.tell(problem, "error");
}

/** Several lines are never a command: nobody means to carry out what they paste. */
function commandIn(text) {
  return isOneLine(text) ? COMMAND.exec(text.replace(/^[\r\n]+/, "")) : null;
}

function isOneLine(text) {
  return !/[\r\n]/.test(text.trim());
}

function join(session, text) {
  const [name, key] = text.split(/\s+/);
  if (!name) return "Which room? /join ROOM";
  session.join(asRoom(name), key);
}

function leave(session, text) {
  const room = text ? (session.find(text) ?? session.find(asRoom(text))) : session.current;
  if (!room) return "You are not in that room";
  session.leave(room);
}

function message(session, text) {
  const [, name, words] = /^(\S*)\s*([^]*)$/.exec(text);
  if (!name || isRoom(name)) return "To whom? /msg NAME TEXT";
  const room = session.talkTo(name);
  if (words && room) session.say(room, words);
}

function rename(session, text) {
  if (!text || /\s/.test(text)) return "What name? /name NEWNAME, without spaces";
  if (!session.isOnline) return "You are not connected";
  session.send({ command: "NICK", params: [text] });
}

function topic(session, text) {
  const room = session.current;
  if (!room || room.isPrivate) return "Only rooms have a topic";
  if (!text) return void session.tell(room.topic ? `The topic is: ${room.topic}` : "There is no topic");
  if (!session.isOnline) return "You are not connected";
  session.send({ command: "TOPIC", params: [room.name, text] });
}

function action(session, text) {
  if (!text) return "What do you do? /me TEXT";
  if (session.current) session.say(session.current, text, "action");
}

function help(session) {
  for (const [name, { syntax, help: words }] of Object.entries(COMMANDS)) {
    session.tell(`/${name} ${syntax}`.trim() + ` \u2013 ${words}`);
  }
  session.tell("//TEXT \u2013 say a text that begins with a slash");
  session.tell("In a text of several lines nothing is a command.");
  session.tell("Alt+\u2191 and Alt+\u2193 go from room to room; Shift+Enter begins a new line.");
}
