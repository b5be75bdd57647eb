/**
 * The table of commands: the list shared with the terminal client, and the handler of each here. Pure.
 *
 * @import { Run } from "./ordering.js"
 */

import { LIST } from "../command_list.js";
import { words } from "../words.js";
import {
  action,
  away,
  clear,
  invite,
  join,
  leave,
  message,
  notice,
  quit,
  rename,
  send,
  toAddress,
  topic,
} from "./actions.js";
import { react, reply, unreact, unsay } from "./answering.js";
import { mode, names, ping, rooms, who } from "./asking.js";
import { near } from "./guessing.js";
import { inviteLink, register } from "./inviting.js";
import { ban, kick, kill, kline, oper, slow, unban, unkline } from "./moderation.js";
import { history, save, search } from "./past.js";
import { ignore, mute, unignore, unmute } from "./quieting.js";

/**
 * A command: `usage` is what follows its name, shown if there are fewer words than `least`.
 * @typedef {{name: string, usage: string, least: number, aliases: string[], run: Run}} Command
 */

/** Commands that may be followed by a password. */
export const WITH_PASSWORD = ["oper", "register"];

const MOST_GUESSES = 2;

/** @type {Object<string, Run>} */
const HANDLERS = {
  join,
  leave,
  send,
  msg: message,
  query: message,
  to: toAddress,
  notice,
  me: action,
  reply,
  react,
  unreact,
  unsay,
  who,
  names,
  rooms,
  history,
  search,
  export: save,
  topic,
  name: rename,
  register,
  away,
  invite,
  "invite-link": inviteLink,
  kick,
  ban,
  unban,
  ignore,
  unignore,
  mute,
  unmute,
  slow,
  mode,
  oper,
  kill,
  kline,
  unkline,
  ping,
  clear,
  logout: quit,
  quit,
  help,
};

/** The page's commands, in the order of the help. @type {Command[]} */
export const COMMANDS = LIST.flatMap(([name, usage, least, , aliases, only]) => {
  const run = HANDLERS[name];
  return run && only !== "terminal" ? [{ name, usage, least, aliases, run }] : [];
});

const BY_NAME = new Map(
  COMMANDS.flatMap((command) => [command.name, ...command.aliases].map((name) => [name, command])),
);

/**
 * Return the command of this name or alias.
 * @param {string} name
 */
export function findCommand(name) {
  return BY_NAME.get(name.toLowerCase());
}

/** Return all names and aliases in alphabetical order. */
export function commandNames() {
  return [...BY_NAME.keys()].sort();
}

/**
 * Return the names of at most two commands that may have been meant, best first.
 * @param {string} name
 */
export function guesses(name) {
  const found = new Map();
  for (const each of near(name.toLowerCase(), [...BY_NAME.keys()])) {
    const command = BY_NAME.get(each);
    if (!found.has(command)) found.set(command, each);
  }
  return [...found.values()].slice(0, MOST_GUESSES);
}

/**
 * Return a command as it is typed, such as `/join ROOM [KEY]`.
 * @param {Command} command
 */
export function synopsis({ name, usage }) {
  return `/${name} ${usage}`.trim();
}

/**
 * Show the whole table, or one row.
 * @type {Run}
 */
function help(session, text) {
  const name = text.replace(/^\//, "");
  const command = findCommand(name);
  if (name && !command) return words.commands.unknown(name, guesses(name));
  for (const each of command ? [command] : COMMANDS) {
    const aliases = command ? each.aliases.map((alias) => `/${alias}`).join(", ") : "";
    session.tell(words.commands.about(synopsis(each), words.commands.help[each.name] ?? "", aliases));
  }
  if (!command) for (const line of words.commands.hints) session.tell(line);
}
