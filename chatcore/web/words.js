/**
 * Every text of the page, by where it appears: a translation is a file of the same shape.
 *
 * A text with variable parts is a function. `fill` puts the texts of the document into it.
 */

import { LIST } from "./command_list.js";

const number = new Intl.NumberFormat("en");
const enumeration = new Intl.ListFormat("en");

/** @param {number} count */
const messages = (count) => (count === 1 ? "1 message" : `${number.format(count)} messages`);

/** @param {string} whom '' for oneself */
const was = (whom) => (whom ? `${whom} was` : "You were");

export const words = {
  document: {
    title: "Chat",
    skip: "Skip to the message box",
  },
  login: {
    title: "Join the chat",
    hint: "Choose a username and enter the chat's password.",
    username: "Username",
    password: "Password",
    havePassword: "I have a password",
    enter: "Join",
    remember: "Remember me on this device",
    rememberHint:
      "Keeps your name and your rooms in this browser, never a password. For ten minutes after you close the page, anybody who opens it here comes back as you.",
    forget: "Forget me on this device",
  },
  rooms: {
    /** @param {string} nick */
    closed: (nick) => `Too many conversations: the one with ${nick} was closed.`,
    tooMany: "You are in too many rooms. Leave one first.",
    area: "Rooms and settings",
    title: "Rooms",
    find: "Find a room",
    muted: "muted",
    join: "Join or create a room",
    joinIt: "Join the room",
    private: "Private",
    /** @param {string} room */
    leave: (room) => `Leave ${room}`,
    /** @param {string} nick */
    close: (nick) => `Close the conversation with ${nick}`,
    /** @param {number} count */
    unread: (count) => `${count} unread`,
    /** @param {number} count */
    titleUnread: (count) => `Rooms, ${count} unread`,
    dark: "Dark colours",
    quit: "Leave the chat",
  },
  naming: {
    which: "Type the name of a room.",
    tooShort: "Room names begin with # and have at least one more character",
    /** @param {number} most */
    tooLong: (most) => `Room names have at most ${most} characters`,
    /** @param {number} most */
    tooManyBytes: (most) => `Room names have at most ${most} bytes, in UTF-8`,
    /** @param {string} plain */
    invisible: (plain) => `Room names have no invisible or decomposed characters: write it ${plain}`,
    forbidden: "Room names have no spaces, commas, colons or control characters",
    cannotBeShown: "That room name has characters that cannot be shown",
    tooManyMarks: "A letter of a room name has at most 4 marks, and # has none",
    oneAtATime: "One room at a time, please.",
    linkWithoutRoom: "That link does not name a room.",
    linkElsewhere: "That link leads to another chat. Do you mean the room of that name here?",
  },
  finder: {
    title: "Find a room",
    close: "Close (Escape)",
    label: "Name or topic of a room, or a link",
    placeholder: "Name or topic",
    list: "Rooms",
    refresh: "Refresh the list",
    asking: "Loading the list\u2026",
    none: "There is no such room yet.",
    nothing: "There are no rooms.",
    nowhere: "You are not in any room. Choose one, or create your own.",
    /** @param {number} count */
    members: (count) => (count === 1 ? "1 member" : `${count} members`),
    /** @param {number} shown @param {number} count */
    some: (shown, count) => `${shown} of ${count} rooms. Type to see others.`,
    /** @param {number} count */
    all: (count) => (count === 1 ? "1 room." : `${count} rooms.`),
    partial: "These are the largest: type to find others.",
    join: "Join",
    here: "You are here",
    /** @param {string} who */
    invited: (who) => `${who} invites you`,
    /** @param {string} room */
    create: (room) => `Join or create ${room}`,
  },
  refused: {
    /** @param {string} room */
    title: (room) => `You are not in ${room}`,
    /** @param {string} room */
    hasKey: (room) => `${room} has a password. Ask the person who told you about the room.`,
    /** @param {string} room */
    key: (room) => `Password of ${room}`,
    wrongKey: "That is not the password.",
    /** @param {string} room @param {string} me */
    invitation: (room, me) => `${room} is by invitation only. Anybody who is in it can type: /invite ${me} ${room}`,
    /** @param {string} who @param {string} room */
    invited: (who, room) => `${who} invites you to ${room}.`,
    /** @param {string} room */
    banned: (room) => `You are banned from ${room}. An operator of the room can let you in again.`,
    /** @param {string} room */
    full: (room) => `${room} is full. Try again when somebody leaves.`,
    /** @param {string} room */
    account: (room) => `${room} is open only to people with an account.`,
    many: "Leave one of them first.",
    again: "Try again",
    /** @param {string} room */
    request: (room) => `May I join ${room}?`,
  },
  switcher: {
    title: "Go to",
    label: "Part of a room's or a person's name",
    placeholder: "Room or person",
    list: "Where to go",
    private: "private conversation",
    /** @param {string} room */
    join: (room) => `Join ${room}`,
    /** @param {string} nick */
    write: (nick) => `Write to ${nick}`,
    /** @param {number} count */
    unread: (count) => `${count} unread`,
    none: "No room or person with that name.",
  },
  links: {
    noSuchRoom: "That link names a room that cannot exist.",
    noSuchMessage: "The message in that link does not exist, or you may not read it.",
    /** @param {string} room */
    left: (room) => `You are no longer in ${room}.`,
    here: "You are already in the chat.",
    noSuchPerson: "That link names a person who cannot exist.",
    noSuchKey: "The room's password in that link cannot be right: copy the link again.",
    notWhole: "The invitation in that link is incomplete: copy the link again.",
  },
  room: {
    none: "No room",
    search: "Search messages (Ctrl+F)",
    copyLink: "Copy a link to this room",
    leave: "Leave this room",
    private: "Private conversation",
    close: "Close this conversation",
    members: "Members",
    exportMore: "Continue",
    exportStop: "Cancel",
    message: "Message",
    send: "Send",
  },
  topic: {
    more: "Show the whole topic",
    edit: "Change the topic",
    label: "What this room is about",
    save: "Save",
  },
  events: {
    /** @param {string} nick */
    joined: (nick) => `${nick} joined`,
    /** @param {string} nick @param {string} [why] */
    left: (nick, why) => `${nick} left${why ? ` (${why})` : ""}`,
    /** @param {string} nick @param {string} [why] */
    leftChat: (nick, why) => `${nick} left the chat${why ? ` (${why})` : ""}`,
    /** @param {boolean} isMine @param {string} nick @param {string} name */
    renamed: (isMine, nick, name) => (isMine ? `You are now ${name}` : `${nick} is now ${name}`),
    /** @param {boolean} isMine @param {string} nick @param {string} by @param {string} [why] */
    kicked: (isMine, nick, by, why) =>
      `${isMine ? "You were" : `${nick} was`} removed by ${by}${why ? ` (${why})` : ""}`,
    /** @param {string} nick @param {string} topic '' if it was removed */
    topic: (nick, topic) => (topic ? `${nick} set the topic: ${topic}` : `${nick} removed the topic`),
    /** @param {string} nick @param {string} had @param {string} name @param {string} [why] */
    roomRenamed: (nick, had, name, why) => `${nick} renamed ${had} to ${name}${why ? ` (${why})` : ""}`,
    nothingChanged: "People came and went",
    /** @param {string} list */
    cameAndWent: (list) => `${list} came and went`,
    /** @param {string} list */
    returned: (list) => `${list} left and came back`,
    /** @param {string[]} names @param {number} most how many of them are named */
    listed: (names, most) =>
      enumeration.format(names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names),
    /** @param {string} nick @param {string} why */
    away: (nick, why) => `${nick} is away: ${why}`,
    /** @param {string} nick @param {string} whom '' for oneself @param {string} room */
    invited: (nick, whom, room) => `${nick} invites ${whom || "you"} to ${room}`,
    /** @param {string} nick */
    tookBack: (nick) => `${nick} took a message back`,
    /** @param {string} nick */
    tookBackEarlier: (nick) => `${nick} took back an earlier message`,
    /** @param {string} nick @param {string} other whose message it was */
    removed: (nick, other) => `${nick} removed a message by ${other}`,
  },
  answering: {
    noTags: "This tracker passes on neither replies nor reactions",
    noReaction: "That is too long for a reaction, or cannot be seen",
    noRedaction: "Messages cannot be taken back on this tracker",
    tooMany: "You cannot add more reactions to this message",
    /** @param {string} name '' for anybody */
    nothingSaid: (name) => `${name ? `${name} has said nothing` : "Nobody else has said anything"} here lately`,
    nothingOfYours: "You have said nothing here lately",
    oneName: "One name at a time",
    oneNameAndReaction: "One name, and one emoji",
    /** @param {string} nick */
    to: (nick) => `Replying to ${nick}`,
    stop: "Cancel the reply (Escape)",
  },
  beside: {
    inReply: "In reply to",
    earlier: "an earlier message",
    goneQuote: "In reply to a message that was taken back",
    showQuote: "Show the message that this replies to",
    missing: "That message is no longer there.",
    reactions: "Reactions",
    showAll: "Show all reactions",
    /** @param {number} count */
    more: (count) => `${count} more`,
    /** @param {string} names */
    by: (names) => ` by ${names}`,
    /** @param {string} value @param {string} names */
    reaction: (value, names) => `${value} by ${names}`,
    /** @param {boolean} isMine @param {string[]} others @param {number} more people than are named */
    names(isMine, others, more) {
      const all = [...(isMine ? ["you"] : []), ...others, ...(more ? [`${more} more`] : [])];
      return new Intl.ListFormat("en").format(all);
    },
    dismiss: "OK",
  },
  menu: {
    tools: "Message actions",
    /** @param {string} nick */
    title: (nick) => `Message from ${nick}`,
    react: "React",
    /** @param {string} value */
    reactWith: (value) => `React with ${value}`,
    other: "Another emoji, or its name",
    found: "Matching emoji",
    answer: "Reply",
    more: "More",
    copyText: "Copy the text",
    copyLink: "Copy a link to it",
    /** @param {string} nick */
    person: (nick) => `About ${nick}`,
    takeBack: "Take back",
    sure: "Take it back for everybody",
    deleteKey: "Del",
    copied: "Text copied.",
    copiedLink: "Link copied.",
    cannotCopy: "The browser does not let this page use the clipboard.",
    hint: "The arrow keys go from message to message; Enter shows what you can do with one.",
  },
  typing: {
    several: "Several people are typing\u2026",
    /**
     * @param {string} nicks
     * @param {number} count of them
     */
    by: (nicks, count) => `${nicks} ${count > 1 ? "are" : "is"} typing\u2026`,
  },
  composer: {
    /** @param {string} room */
    to: (room) => `Message to ${room}`,
    offers: "Suggestions",
    /** @param {number} count */
    offered: (count) =>
      count === 1 ? "1 suggestion; Tab accepts it" : `${count} suggestions; the arrow keys choose, Tab accepts one`,
    /** @param {number} count */
    split: (count) => `This will be sent as ${count} messages.`,
  },
  pasting: {
    /** @type {(count: number, place: string) => string} */
    title: (count, place) => `${count} lines to ${place}`,
    /** @param {number} messages */
    together: (messages) => (messages === 1 ? "One message" : `Together, in ${messages} messages`),
    /** @param {number} count */
    apart: (count) => `Line by line: ${count} messages`,
    /** @param {number} count */
    many: (count) => `${count} messages in a row are a lot for everybody who reads them.`,
    more: "\u2026",
    edit: "Edit first",
  },
  state: {
    lost: "Connection lost.",
    backSoon: "The tracker will be back soon.",
    again: "Trying again",
    tryNow: "Try now",
    connecting: "Connecting\u2026",
    /** @param {number} seconds */
    inSeconds: (seconds) => `in ${seconds} s\u2026`,
    logIn: "Log in again",
    over: "The tracker has shut down: the chat is over.",
    /** @param {string} why */
    ended: (why) => `You are no longer in the chat: ${why}`,
    unreachable: "The tracker could not be reached for ten minutes.",
    noAnswer: "The tracker does not answer. Is the chat still running?",
    later: "The tracker will be back soon. Try again then.",
    elsewhere: "The chat is also at",
    /** @param {string} host of another tracker, or '' @param {boolean} isNew to it */
    arrived: (host, isNew) => {
      const who = "You were away for too long: the tracker treats you as a new visitor.";
      return [host && `You are now at ${host}.`, isNew && who].filter((told) => told).join(" ");
    },
  },
  entering: {
    wrong: "That is not the password.",
    tooLong: "That password is too long.",
    awayTooLong: "You were away for too long. Log in again.",
    passwordAgain: "Enter the chat's password to come back.",
    needed: "This chat has a password: ask the person who invited you.",
    notInvited: "This invitation is no longer valid.",
    orPassword: "Ask for another one, or enter the chat's password.",
    busy: "Joining\u2026",
    /** @param {string} name */
    as: (name) => `Join as ${name}`,
    /** @param {string} time such as `4:59` */
    wait: (time) => `You can try again in ${time}.`,
    /** @param {string} room '' for the chat */
    invited: (room) => `You are invited to ${room || "this chat"}. `,
    chooseName: "Choose a username.",
    backByLink: "To come back, open your invitation link again, or enter the chat's password.",
  },
  away: {
    /** @param {string} time '' if it is not known @param {string} why */
    since: (time, why) => `You ${time ? `have been away since ${time}` : "are away"}${why ? `: ${why}` : "."}`,
    back: "I am back",
  },
  obstacle: {
    short: "You cannot write here at the moment",
    /** @param {string} by @param {string} why '' if nothing was said */
    removed: (by, why) => `You were removed from this room by ${by}${why ? `: ${why}` : "."}`,
    /** @param {string} why */
    notIn: (why) => `You are not in this room: ${why}`,
    gone: "You are no longer in this room.",
    moderated: "Only operators and people with a voice may speak here.",
    over: "You are not in the chat.",
    enter: "Join again",
    close: "Close",
    retry: "Try again",
  },
  session: {
    offline: "You are not connected.",
  },
  commands: {
    /** What each does. @type {Object<string, string>} */
    help: Object.fromEntries(LIST.map(([name, , , help]) => [name, help])),
    hints: [
      "//TEXT \u2013 say a text that begins with a slash",
      "exit \u2013 leave the chat, like /quit",
      "Text of several lines is never a command.",
      "Alt+\u2191 and Alt+\u2193 switch rooms; Shift+Enter starts a new line; Tab completes; \u2191 brings back what you said.",
    ],
    /** @type {(synopsis: string, help: string, aliases: string) => string} */
    about: (synopsis, help, aliases) => `${synopsis} \u2013 ${help}${aliases && ` (also: ${aliases})`}`,
    /** @param {string} synopsis */
    usage: (synopsis) => `Usage: ${synopsis}`,
    /** @type {(name: string, meant: string[]) => string} */
    unknown: (name, meant) =>
      meant.length
        ? `There is no /${name}; did you mean ${meant.map((each) => `/${each}`).join(" or ")}?`
        : `There is no /${name}; /help lists the commands`,
    /** @param {string} problem */
    sayIt: (problem) => `${problem} (To say it, begin with //.)`,
    /** @param {string} word */
    notAName: (word) => `${word} is not a name`,
    oneName: "One NAME at a time",
    oneTarget: "One NAME or ROOM at a time",
    noRoomHere: "This is not a room",
    inNoRoom: "You are not in any room; /join ROOM enters one",
    goToRoom: "Go to a room first",
    notInRoom: "You are not in that room",
    /** @param {string} name */
    notIn: (name) => `You are not in ${name}`,
    /** @param {string} name */
    notInSoWho: (name) => `You are not in ${name}; /who ${name} shows who is there`,
    /** @param {string} word */
    notAnAddress: (word) => `${word} is not an IP:PORT`,
    /** @type {(target: string, text: string) => string} */
    saidTo: (target, text) => `\u2192 ${target}: ${text}`,
    /** @param {string} target */
    noNotice: (target) => `${target} got no notice`,
    noBlanks: "Usernames have no spaces",
    noTopics: "Only rooms have a topic",
    noTopic: "This room has no topic",
    /** @param {string} topic */
    topicIs: (topic) => `The topic is: ${topic}`,
    /** @type {(nick: string, room: string) => string} */
    isInvited: (nick, room) => `${nick} is invited to ${room}`,
    cleared: "You have cleared this window.",
    showAgain: "Show it again",
    /** @type {(room: string, count: number) => string} */
    inRoom: (room, count) => `In ${room}: ${count}`,
    /** @param {string} room */
    nobodyIn: (room) => `Nobody can be seen in ${room}`,
    noRooms: "There are no such rooms",
    /** @type {(name: string, count: string, topic: string) => string} */
    room: (name, count, topic) => `${name}: ${count} ${count === "1" ? "person" : "people"}${topic && `, ${topic}`}`,
    /** @param {number} count */
    more: (count) => `and ${count} more`,
    /** @type {(room: string, modes: string) => string} */
    modesAre: (room, modes) => `The modes of ${room}: ${modes}`,
    noChange: "That changes nothing",
    emptyList: "That list is empty",
    pingsNobody: "Only the round trip to the tracker can be timed",
    /** @param {number} ms */
    roundTrip: (ms) => `Round trip to the tracker: ${ms} ms`,
    yes: "yes",
    person,
    /** @param {string} word */
    notANumber: (word) => `${word} is not a number of messages`,
    allIsHere: "All of that is already here",
    nothingWasSaid: "There are no earlier messages here",
    cannotSearch: "This tracker cannot search",
    noExport: "No export is running",
    openFirst: "Open a room or conversation first",
    /** @param {string} name */
    notOpen: (name) => `No room or conversation called ${name} is open`,
    whichInvitation: "Which one? /invite-link revoke ID",
    noAccounts: "You cannot register on this tracker; its operator can create an account for you",
    passwordIsAskedFor: "Type /register alone, and the page asks for a password; nothing was sent",
  },
  moderation: {
    noReason: "no reason given",
    isOperator:
      "You are an IRC operator now: /kick, /ban, /mute, /slow and /mode in every room; /kill, /kline and /unkline in the whole chat.",
    /** @param {string} name */
    bannedAlready: (name) => `${name} is already banned.`,
    /** @param {string} name */
    notBanned: (name) => `${name} is not banned. /ban shows who is.`,
    /** @param {string} name */
    mutedAlready: (name) => `${name} is already muted.`,
    /** @param {string} name */
    notMuted: (name) => `${name} is not muted. /mute shows who is.`,
    noMutes: "This tracker cannot mute people",
    /** @type {(name: string, rank: string) => string} */
    speaksAllTheSame: (name, rank) => `${name} has ${rank} in this room and can still speak.`,
    noSlowRooms: "This tracker has no slow mode",
    howSlow: "How slow? /slow SECONDS, or /slow off",
    /** @param {string} pace */
    slow: (pace) => `The room is slow: ${pace}.`,
    notSlow: "The room is not slow.",
    /** @type {(name: string, setter: string) => string} */
    by: (name, setter) => `${name}, by ${setter}`,
    /** @param {string} list */
    banned: (list) => (list ? `Banned in this room: ${list}` : "Nobody is banned in this room."),
    /** @param {string} list */
    muted: (list) => (list ? `Muted in this room: ${list}` : "Nobody is muted in this room."),
    /** @type {(list: string, more: string) => string} */
    keptOut: (list, more) => (list ? `Kept out of the chat${more}: ${list}` : "Nobody is kept out of the chat."),
  },
  log: {
    label: "Messages",
    /** @param {string} room */
    of: (room) => `Messages in ${room}`,
    latest: "Jump to latest",
    new: "New",
    /** @param {number} count */
    unread: (count) => (count === 1 ? "1 new message" : `${count} new messages`),
    older: "Loading older messages\u2026",
    newer: "Loading newer messages\u2026",
    /** @param {string} problem */
    unavailable: (problem) => `Older messages could not be loaded: ${problem}`,
    /** @param {number} count @param {boolean} hasMore */
    before: (count, hasMore) =>
      `${count}${hasMore ? " or more" : ""} message${count === 1 && !hasMore ? "" : "s"} before you.`,
    showBefore: "Show",
    alwaysShowBefore: "Always show",
    neverShowBefore: "Stop showing earlier messages",
    neverShown: "From now on, a room that you join does not show what was said before you came.",
    alwaysShown: "From now on, a room that you join shows what was said before you came.",
    again: "Try again",
    you: "you",
    /** @param {string} nick */
    youAnd: (nick) => `you and ${nick}`,
    /** @param {string} readers */
    onlyFor: (readers) => `Only ${readers} can see this.`,
    untilYouLeave: "Without an account, you can read it only until you leave.",
    /** @param {string} room */
    beginning: (room) => `This is the beginning of what you can read in ${room}.`,
    today: "Today",
    yesterday: "Yesterday",
    sending: "Sending\u2026",
    queued: "Waiting for the connection\u2026",
    sendAgain: "Send again",
    /** @param {number} seconds */
    slow: (seconds) => `This room is slow: you can send it in ${seconds} s.`,
    slowOver: "This room is slow: you can send it now.",
    discard: "Discard",
    toOperators: "To the operators only",
    toVoiced: "To the operators and people with a voice only",
    copyCode: "Copy",
    codeCopied: "Copied",
    codeNotCopied: "The browser could not copy it",
  },
  members: {
    title: (/** @type {number} */ count, /** @type {boolean} */ hasMore) =>
      `Members (${count}${hasMore ? " and more" : ""})`,
    operators: "Operators",
    voices: "May always speak",
    others: "Everybody else",
    count: (/** @type {string} */ group, /** @type {number} */ count) => `${group} (${count})`,
    filter: "Find a member",
    none: "Nobody here has that name",
    more: (/** @type {number} */ count) => `and ${count} more: type part of the name`,
    you: "you",
    away: "away",
    ignored: "ignored",
    roles: /** @type {Object<string, string>} */ ({
      "~": "owner",
      "&": "protected",
      "@": "operator",
      "%": "half operator",
      "+": "may speak",
    }),
  },
  presence: {
    away: "away",
    gone: "not here",
    isGone: (/** @type {string} */ nick) => `${nick} is not here.`,
    isAway: (/** @type {string} */ nick, /** @type {string} */ since, /** @type {string} */ why) =>
      `${nick} ${since ? `has been away since ${since}` : "is away"}${why && `: ${why}`}`,
    youAre: (/** @type {string} */ since, /** @type {string} */ why) =>
      `You ${since ? `have been away since ${since}` : "are away"}${why && `: ${why}`}`,
    me: (/** @type {string} */ nick, /** @type {string} */ account) => (account ? `${nick} (${account})` : nick),
    who: "About this person",
  },
  card: {
    close: "Close (Escape)",
    asking: "Asking who this is\u2026",
    gone: "Nobody of that name is here.",
    you: "you",
    role: (/** @type {string} */ role, /** @type {string} */ room) => `${role} in ${room}`,
    ircOperator: "IRC operator",
    bot: "a bot",
    isIgnored: "ignored by you",
    isBanned: "banned from this room",
    isMuted: "muted in this room",
    account: "Account",
    noAccount: "none",
    realname: "Real name",
    address: "Address",
    active: "Last active",
    came: "Here since",
    rooms: "Shared rooms",
    inRoom: (/** @type {string} */ room) => `In ${room}`,
    inChat: "In the whole chat",
    busy: "One moment\u2026",
    cancel: "Cancel",
    noReason: "no reason given",
    tooManyIgnored: "You already ignore too many people. Stop ignoring one of them first: /ignore lists them.",
    whichName: "Which name? Without spaces.",
    asks: {
      reason: "Reason (optional)",
      name: "Your new name",
      text: "What you are doing (optional)",
    },
    deeds: /** @type {Object<string, string>} */ ({
      write: "Write privately",
      mention: "Mention",
      ignore: "Ignore",
      unignore: "Stop ignoring",
      away: "I am away",
      back: "I am back",
      rename: "Change my name",
      register: "Create an account",
      quit: "Leave the chat",
      giveOperator: "Make operator",
      takeOperator: "Remove as operator",
      giveVoice: "Give voice",
      takeVoice: "Remove voice",
      mute: "Mute",
      unmute: "Unmute",
      kick: "Remove",
      ban: "Ban",
      unban: "Unban",
      kill: "Disconnect",
    }),
    done: /** @type {Object<string, (nick: string, room: string) => string>} */ ({
      ignore: (nick) => `You no longer hear ${nick}.`,
      unignore: (nick) => `You hear ${nick} again.`,
      rename: () => "Your name has changed.",
      giveOperator: (nick, room) => `${nick} is now an operator of ${room}.`,
      takeOperator: (nick, room) => `${nick} is no longer an operator of ${room}.`,
      giveVoice: (nick, room) => `${nick} may now always speak in ${room}.`,
      takeVoice: (nick, room) => `${nick} may speak in ${room} only when everybody may.`,
      mute: (nick, room) => `${nick} may read in ${room}, but not speak.`,
      unmute: (nick, room) => `${nick} may speak in ${room} again.`,
      kick: (nick, room) => `${nick} was removed from ${room}, but may come back.`,
      ban: (nick, room) => `${nick} is banned from ${room}.`,
      unban: (nick, room) => `${nick} may join ${room} again.`,
      kill: (nick) => `${nick} was disconnected.`,
    }),
  },
  quieting: {
    /** @param {string} names '' for none */
    ignored: (names) => `You ignore ${names || "nobody"}.`,
    notYourself: "You cannot ignore yourself",
    tooMany: "That list is full",
    /** @param {string} nick */
    ignoring: (nick) => `You no longer hear ${nick}; /unignore ${nick} ends this.`,
    /** @param {string} nick */
    hearing: (nick) => `You hear ${nick} again.`,
    /** @param {string} nick */
    notIgnored: (nick) => `You do not ignore ${nick}`,
    /** @param {string} room */
    muted: (room) => `${room} is muted: only messages meant for you count as unread; /unmute ${room} ends this.`,
    /** @param {string} room */
    unmuted: (room) => `${room} is no longer muted.`,
    /** @param {string} room */
    notMuted: (room) => `${room} is not muted`,
  },
  notices: {
    manyIn: (/** @type {number} */ count, /** @type {string} */ room) => `${count} messages in ${room}`,
    manyFrom: (/** @type {number} */ count, /** @type {string} */ nick) => `${count} messages from ${nick}`,
    oneIn: (/** @type {string} */ nick, /** @type {string} */ room) => `${nick} in ${room}`,
    said: (/** @type {string} */ nick, /** @type {string} */ text) => `${nick}: ${text}`,
    title: "Notifications",
    inRoom: (/** @type {string} */ room) => `In ${room}, notify me of`,
    from: (/** @type {string} */ nick) => `From ${nick}, notify me of`,
    button: (/** @type {string} */ level) => `Notifications: ${level}`,
    levels: { all: "every message", mentions: "messages that mention me", nothing: "nothing" },
    muted: "Only messages that mention you count as unread.",
    page: "Notify me on this device",
    pageHint:
      "Only while this page is open, even in the background. What you miss while it is closed is counted when you come back.",
    kept: "These choices are kept only in this browser.",
    on: "You will be notified while this page is in the background.",
    off: "You will not be notified.",
    denied:
      "Your browser does not let this page notify you. Allow notifications for this site in the browser's settings (the symbol beside the address), then turn this on again.",
    impossible:
      "This browser cannot notify you from this page. It must be open over https and, on some phones, installed as an app.",
    close: "Close",
  },
  search: {
    title: "Search",
    close: "Close the search (Escape)",
    label: "Words to search for",
    placeholder: "Search messages",
    start: "Search",
    results: "Results",
    narrow: "Narrow it down:",
    star: "A star stands for any ending:",
    more: "Older results",
    busy: "Searching\u2026",
    /** @param {boolean} mayHelp whether it helps to know how words are found */
    nothing: (mayHelp) =>
      `Nothing was found.${mayHelp ? " Only whole words are found: try the beginning of one, with a star." : ""}`,
    /**
     * @param {number} count
     * @param {boolean} isAll
     */
    found: (count, isAll) => `${count} found${isAll ? "" : " so far"}, newest first`,
    show: "Show this message in its place",
    gone: "This message is no longer there.",
    /** @param {string} room */
    outside: (room) => `You are not in ${room}. `,
    what: "Type what to search for.",
    tooMuch: "That is too much to search for.",
    /**
     * @param {string} filter
     * @param {string} example
     */
    noValue: (filter, example) => `${filter}: what? Write it without a space, such as ${example}`,
    /**
     * @param {string} typed
     * @param {string} example
     */
    noDay: (typed, example) => `${typed} is not a date. Write ${example}`,
  },
  modes: {
    tracker: "The tracker",
    /**
     * @param {string} who
     * @param {string} modes
     */
    set: (who, modes) => `${who} set ${modes}`,
    /**
     * @param {string} who
     * @param {string} pace
     */
    slow: (who, pace) => `${who} made the room slow: ${pace}`,
    /** @param {string} who */
    notSlow: (who) => `${who} ended slow mode`,
    /** @param {string} seconds */
    pace: (seconds) => `one message every ${seconds} s`,
    /**
     * @param {string} whom '' for oneself
     * @param {string} who
     */
    banned: (whom, who) => `${was(whom)} banned by ${who}`,
    /**
     * @param {string} whom '' for oneself
     * @param {string} who
     */
    unbanned: (whom, who) => `${was(whom)} unbanned by ${who}`,
    /**
     * @param {string} whom '' for oneself
     * @param {string} who
     */
    muted: (whom, who) => `${was(whom)} muted by ${who}`,
    /**
     * @param {string} whom '' for oneself
     * @param {string} who
     */
    unmuted: (whom, who) => `${was(whom)} unmuted by ${who}`,
  },
  exporting: {
    /** @param {string} room */
    busy: (room) => `${room} is being exported. Wait until that is done, or cancel it`,
    /**
     * @param {string} room
     * @param {number} count of messages
     */
    soFar: (room, count) => `Exporting ${room}: ${messages(count)} so far`,
    /** @param {string} soFar */
    goesOn: (soFar) => `${soFar}\u2026`,
    nothing: "There is nothing to export.",
    /**
     * @param {number} count of messages
     * @param {string} file
     */
    saved: (count, file) => `${messages(count)} saved as ${file}.`,
  },
  secret: {
    operTitle: "Become an IRC operator",
    operVerb: "Become operator",
    /** @param {string} name */
    operPassword: (name) => `Password of the IRC operator ${name}`,
    accountTitle: "Create an account",
    accountVerb: "Create the account",
    /** @param {string} name */
    accountPassword: (name) => `A password for the account ${name}`,
    again: "The same password again",
    notTheSame: "The passwords do not match.",
  },
  share: {
    noneSent: "The tracker sent no invitation.",
    /** @param {string} room '' for the chat */
    title: (room) => (room ? `Link to ${room}` : "Link to the chat"),
    needsPassword: "Anybody who opens it also needs the chat's password.",
    needsNothing: "This chat has no password: the link is all that others need.",
    thisMachine: "It works on this machine only: others need the address that the tracker printed.",
    /**
     * @param {number} uses
     * @param {string} until
     */
    lets: (uses, until) =>
      `It lets ${uses === 1 ? "one person" : `${uses} people`} into the chat without a password, until ${until}.`,
    /** @param {string} id */
    revoke: (id) => `/invite-link revoke ${id} ends this.`,
    withKey: "It also contains the room's password.",
    invite: "Let others in without the password",
    copy: "Copy",
    close: "Close",
    copied: "Link copied.",
    copiedInvitation: "Link with an invitation copied.",
    cannotCopy: "The browser does not let this page copy. The link is selected: copy it yourself.",
  },
  history: {
    /** @param {string} why */
    missed: (why) => `What you missed could not be loaded: ${why} Try again at the top of the messages.`,
    uncertain: "The connection was lost: this may not have arrived.",
  },
  common: {
    cancel: "Cancel",
    lost: "The connection was lost.",
    notConnected: "You are not connected",
    /** @param {string} room */
    join: (room) => `Join ${room}`,
  },
};

/** @param {{nick: string, prefix: string, host: string, address: string, rooms: string, idle: number, away: string}} known */
function person({ nick, prefix, host, address, rooms, idle, away }) {
  const details = [
    address || host || "not here",
    rooms && `in ${rooms}`,
    idle < 0 ? "" : `idle ${duration(idle)}`,
    away && `away: ${away}`,
  ];
  return `${prefix}${nick}  ${details.filter((detail) => detail).join(", ")}`;
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @type {Object<string, (element: Element, text: string) => void>} */
const PUT = {
  text: (element, text) => element.append(text),
  label: (element, text) => element.setAttribute("aria-label", text),
  title(element, text) {
    element.setAttribute("aria-label", text);
    element.setAttribute("title", text);
  },
  placeholder: (element, text) => element.setAttribute("placeholder", text),
};

/**
 * Put the texts of the table where the document names them: `data-text="room.send"`, and in the same way `data-label`,
 * `data-title` (a label that is also a tooltip) and `data-placeholder`.
 * @param {ParentNode} root
 * @throws {TypeError} if the table has no such text
 */
export function fill(root) {
  for (const [kind, put] of Object.entries(PUT)) {
    for (const element of root.querySelectorAll(`[data-${kind}]`)) {
      const path = element.getAttribute(`data-${kind}`) ?? "";
      put(element, textAt(path));
    }
  }
}

/** @param {string} path such as `room.send` */
function textAt(path) {
  const [area = "", name = ""] = path.split(".");
  const text = /** @type {Object<string, Object<string, unknown>>} */ (words)[area]?.[name];
  if (typeof text !== "string") throw new TypeError(`there is no text ${path}`);
  return text;
}
