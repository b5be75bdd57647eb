/**
 * The slash commands of the page and of the terminal client, which reads this file too: a row is data and nothing else.
 *
 * A row has the command's name, what follows it (`usage`), the least number of words in that, what the command does, its
 * aliases, and the only client that has it ('' for both). A help text must suit both clients and fit a terminal's line.
 *
 * @typedef {[name: string, usage: string, least: number, help: string, aliases: string[], only: string]} Row
 */

/** @type {Row[]} */
export const LIST = [
  ["join", "ROOM [KEY]", 1, "enter a room, or write to it if you are there", ["j"], ""],
  ["leave", "[ROOM]", 0, "leave a room, or close a conversation", ["leave_chatroom", "part"], ""],
  ["send", "ROOM TEXT", 2, "say something in another room", [], ""],
  ["msg", "NAME [TEXT]", 1, "send TEXT to one person only", ["w"], ""],
  ["query", "NAME [TEXT]", 1, "talk to one person: what you type goes there", [], ""],
  ["to", "IP:PORT TEXT", 2, "send TEXT to an address that /who shows", [], ""],
  ["notice", "NAME | ROOM TEXT", 2, "send a notice, which no program answers", [], ""],
  ["me", "TEXT", 1, "show an action, such as * ann waves", [], ""],
  ["reply", "[NAME] TEXT", 1, "reply to the last message here, or NAME's last", [], ""],
  ["react", "[NAME] EMOJI", 1, "react to the last message; +1, ok, heart work too", [], ""],
  ["unreact", "[NAME] EMOJI", 1, "take back a reaction", [], ""],
  ["unsay", "[NAME]", 0, "take back your last message here", ["redact"], ""],
  ["who", "[ROOM | NAME]", 0, "show who is there, with ip:port", ["whois"], ""],
  ["names", "[ROOM]", 0, "show the names of the people in this room", [], ""],
  ["rooms", "[PART]", 0, "list the rooms, or those with PART in their name", ["list"], ""],
  ["history", "[N]", 0, "show the last N messages of this room", [], ""],
  ["search", "WORDS [FILTERS]", 0, "find words; in:ROOM from:NAME before:DAY after:DAY", [], ""],
  ["export", "[WHAT] [FILE]", 0, "save history: this room, all, in:NAME; or stop", [], ""],
  ["topic", "[TEXT]", 0, "show or set the topic of this room", [], ""],
  ["name", "NEWNAME", 1, "change your name", ["nick"], ""],
  ["register", "", 0, "create an account for your name, with a password", [], ""],
  ["away", "[TEXT]", 0, "mark yourself as away; without TEXT, as back", [], ""],
  ["invite", "NAME [ROOM]", 1, "invite somebody to a room", [], ""],
  ["invite-link", "[ROOM]", 0, "create an invitation link; or revoke ID", [], ""],
  ["kick", "NAME [REASON]", 1, "remove somebody from this room", [], ""],
  ["ban", "[NAME] [REASON]", 0, "remove somebody and keep them out; alone: list", [], ""],
  ["unban", "NAME", 1, "let somebody into this room again", [], ""],
  ["ignore", "[NAME]", 0, "ignore somebody; alone: list", [], ""],
  ["unignore", "NAME", 1, "stop ignoring somebody", [], ""],
  ["mute", "[NAME | #ROOM]", 0, "silence somebody here, or a room for yourself", [], ""],
  ["unmute", "NAME | #ROOM", 1, "end a /mute", [], ""],
  ["slow", "[SECONDS | off]", 0, "allow each person one message every SECONDS seconds", [], ""],
  ["mode", "[MODES]", 0, "show or set the modes of this room, such as +o NAME", [], ""],
  ["oper", "NAME [PASSWORD]", 1, "become an IRC operator", [], ""],
  ["kill", "NAME [REASON]", 1, "IRC operators: disconnect somebody", [], ""],
  ["kline", "[WHO] [REASON]", 0, "IRC operators: keep a name or address out", [], ""],
  ["unkline", "WHO", 1, "IRC operators: let a name or address in again", [], ""],
  ["ping", "", 0, "time the round trip to the tracker", [], ""],
  ["clear", "", 0, "clear the window; /history brings messages back", [], ""],
  ["logout", "", 0, "log out and choose a username again", [], ""],
  ["quit", "", 0, "leave the chat", ["disconnect", "exit"], ""],
  ["help", "[COMMAND]", 0, "show the commands", [], ""],
];
