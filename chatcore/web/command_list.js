/**
 * The slash commands of the page and of the terminal client, which reads this file too: a row is data, and nothing else.
 *
 * A row has a name, what follows it (`usage`), of how many words that is at least, what it does, other names, and which of
 * the two clients alone has it ('' for both). Help texts are for people at either, and short enough for a terminal's line.
 *
 * @typedef {[name: string, usage: string, least: number, help: string, aliases: string[], only: string]} Row
 */

/** @type {Row[]} */
export const LIST = [
  ["join", "ROOM [KEY]", 1, "enter a room, or write to it if you are there", ["j"], ""],
  ["leave", "[ROOM]", 0, "leave a room, or close a conversation", ["leave_chatroom", "part"], ""],
  ["send", "ROOM TEXT", 2, "say something in another room", [], ""],
  ["msg", "NAME [TEXT]", 1, "talk to one person only, and say TEXT", ["w"], ""],
  ["query", "NAME [TEXT]", 1, "talk to one person: what you type goes there", [], ""],
  ["to", "IP:PORT TEXT", 2, "the same, by the address that /who shows", [], ""],
  ["notice", "NAME | ROOM TEXT", 2, "say what no program answers", [], ""],
  ["me", "TEXT", 1, "say what you do: * ann waves", [], ""],
  ["reply", "[NAME] TEXT", 1, "answer what was said last here, or by NAME", [], ""],
  ["react", "[NAME] EMOJI", 1, "react to it; +1, ok, heart are emoji too", [], ""],
  ["unreact", "[NAME] EMOJI", 1, "take a reaction back", [], ""],
  ["unsay", "[NAME]", 0, "take back what you said last here", ["redact"], ""],
  ["who", "[ROOM | NAME]", 0, "show who is there, with ip:port", ["whois"], ""],
  ["names", "[ROOM]", 0, "show the names of those who are in this room", [], ""],
  ["rooms", "[PART]", 0, "list the rooms, or those with this in their name", ["list"], ""],
  ["history", "[N]", 0, "show what was last said in this room", [], ""],
  ["search", "WORDS [FILTERS]", 0, "find words; in:ROOM from:NAME before:DAY after:DAY", [], ""],
  ["export", "[WHAT] [FILE]", 0, "save what was said here, all, in:NAME; stop ends it", [], ""],
  ["topic", "[TEXT]", 0, "show or set the topic of this room", [], ""],
  ["name", "NEWNAME", 1, "change your name", ["nick"], ""],
  ["register", "", 0, "make an account of your name, with a password", [], ""],
  ["away", "[TEXT]", 0, "say that you are away; without a text, back", [], ""],
  ["invite", "NAME [ROOM]", 1, "invite somebody to a room", [], ""],
  ["invite-link", "[ROOM]", 0, "make a link by which others come in; or revoke ID", [], ""],
  ["kick", "NAME [REASON]", 1, "put somebody out of this room", [], ""],
  ["ban", "[NAME] [REASON]", 0, "put and keep somebody out; alone: list", [], ""],
  ["unban", "NAME", 1, "let somebody come to this room again", [], ""],
  ["ignore", "[NAME]", 0, "hear no more of somebody; alone: list", [], ""],
  ["unignore", "NAME", 1, "hear somebody again", [], ""],
  ["mute", "[NAME | #ROOM]", 0, "let somebody only read here; or mute a room", [], ""],
  ["unmute", "NAME | #ROOM", 1, "the contrary", [], ""],
  ["slow", "[SECONDS | off]", 0, "one message each in so many seconds; alone: show", [], ""],
  ["mode", "[MODES]", 0, "show or set the modes of this room, as +o NAME", [], ""],
  ["oper", "NAME [PASSWORD]", 1, "become an IRC operator", [], ""],
  ["kill", "NAME [REASON]", 1, "IRC operators: disconnect somebody", [], ""],
  ["kline", "[WHO] [REASON]", 0, "IRC operators: keep a name or address out", [], ""],
  ["unkline", "WHO", 1, "IRC operators: let a name or address in again", [], ""],
  ["ping", "", 0, "show how long the way to the tracker and back takes", [], ""],
  ["clear", "", 0, "empty the window; /history brings it back", [], ""],
  ["logout", "", 0, "go back to where a username is asked for", [], ""],
  ["quit", "", 0, "leave the chat", ["disconnect", "exit"], ""],
  ["help", "[COMMAND]", 0, "show the commands", [], ""],
];
