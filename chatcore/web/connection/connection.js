/**
 * The WebSocket to the tracker: logging in, noticing that it is gone, coming back.
 *
 * One frame is one IRC line (https://ircv3.net/specs/extensions/websocket). The password is kept in this object's
 * memory only, and so is the token, but for a reload (kept.js).
 *
 * @import { Message, Outgoing } from "../protocol/irc.js"
 * @import { Kept } from "../kept.js"
 * @import { Steps } from "./login.js"
 */

import { MAX_LINE } from "../protocol/bounds.js";
import { RESUME, TRACKERS } from "../protocol/capabilities.js";
import { endingOf, isPassing } from "../protocol/goodbye.js";
import { parse, serialize } from "../protocol/irc.js";
import { identityOf } from "../protocol/link.js";
import { words } from "../words.js";
import { isForAWhile, secondsLeft } from "./lockout.js";
import { LOGIN, lastOf, newLogin } from "./login.js";
import { Pulse } from "./pulse.js";
import { Route } from "./route.js";

/**
 * What is wrong with a login, and in which field ('' for none), or with the invitation that stands for a password; how
 * long it is of no use to try again, and a username that may be free where the one that was wanted is not.
 * @typedef {{field: "username" | "password" | "invitation" | "", text: string, seconds?: number, offer?: string}} Problem
 */

/**
 * How the connection is: `waiting` to try again, `refused` to log in, or `closed` for good: what each shows and leads to
 * is in the table of view/state.js.
 * @typedef {{name: "" | "connecting" | "online"} | {name: "waiting", seconds: number}
 *   | {name: "refused", problem: Problem} | {name: "closed", text: string}} State
 */

/**
 * What becomes of what is received. The first is called while online only.
 * @typedef {{onMessage: (message: Message) => void, onState: (state: State) => void}} Callbacks
 */

const CONNECT_MS = 16_000;
const HURRIED_MS = 4000; // where there are others to try
const GHOST_MS = 1000;
const GIVE_UP_MS = 600_000; // as long as a tracker keeps the token
const REFUSED = 1008; // the WebSocket's close code for those not let in; after any other the page should come back

/** One person's link to the tracker, over as many sockets as it takes. */
export class Connection {
  #password = "";
  #newPassword = ""; // of an account that is being made
  #token = ""; // brings us back as the same visit, once
  /** @type {WebSocket | null} */
  #socket = null;
  #timers = { retry: 0, ghost: 0 };

  /**
   * @param {string} url
   * @param {Callbacks} callbacks
   */
  constructor(url, { onMessage, onState }) {
    this.route = new Route(url);
    this.onMessage = onMessage;
    this.onState = onState;
    const ask = () => this.#give({ command: "PING", params: ["are-you-there"] });
    this.pulse = new Pulse(ask, () => this.#lost(0));
    /** @type {State["name"]} */
    this.state = "";
    this.nick = "";
    this.loginName = ""; // an account's, whatever the person's nick becomes later
    this.wasOnline = false;
    this.isReloaded = false; // this page has come by what one before it kept, and may know no password
    this.lostAt = 0; // by the clock of this machine; 0 while there is a connection
    this.isBackSoon = false; // as the tracker said on leaving
    this.login = newLogin();
  }

  /**
   * Log in. An empty password is not sent.
   * @param {string} nick
   * @param {string} password
   */
  open(nick, password) {
    this.nick = nick;
    this.loginName = nick;
    this.#password = password;
    this.#token = "";
    this.isReloaded = false;
    this.again();
  }

  /**
   * Come back after a reload, if the token is still good; else by the invitation, if there is one.
   * @param {Kept} kept
   */
  resume({ nick, loginName, token, invitation, trackers }) {
    this.route.goOn(trackers ?? {});
    this.nick = nick;
    this.loginName = loginName;
    this.#password = invitation;
    this.#token = token;
    this.isReloaded = true;
    this.again();
  }

  /** The invitation that we have come by, and would come back by; '' for none. */
  get invitation() {
    return identityOf(this.#password) ? this.#password : "";
  }

  /**
   * While we are not in, have this invitation instead of an older one, or of no password at all.
   * @param {string} invitation '' changes nothing
   */
  renewInvitation(invitation) {
    if (invitation && this.state !== "online" && this.#password === this.invitation) this.#password = invitation;
  }

  /** What a reload needs, but for the room and the invitation; null if there is nothing to come back to. */
  get kept() {
    return this.#token ? { token: this.#token, nick: this.nick, loginName: this.loginName } : null;
  }

  /**
   * Log in with this password from now on, if the tracker makes the account that it was asked for.
   * @param {string} password
   */
  willHave(password) {
    this.#newPassword = password;
  }

  /**
   * Send a message, if there is a connection.
   * @param {Outgoing} message
   */
  send(message) {
    if (this.#give(message) && message.command !== "PONG") this.pulse.say();
  }

  /**
   * @param {Outgoing} message
   * @returns {boolean} whether there is a connection to send it by
   */
  #give(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(serialize(message));
    return true;
  }

  /** Try again now: at once when waiting, else make sure that the tracker is there. */
  wake() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "online") this.pulse.probe();
  }

  /** Log in as the last time. */
  again() {
    this.wasOnline = false;
    this.route.begin();
    Object.assign(this, { lostAt: 0, isBackSoon: false });
    this.#connect();
  }

  /** Leave for good. */
  quit() {
    this.send({ command: "QUIT" });
    this.#drop();
    this.#password = this.#newPassword = this.#token = "";
    this.wasOnline = false;
    this.#become({ name: "" });
  }

  /** @param {State} state */
  #become(state) {
    this.state = state.name;
    this.onState(state);
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.pulse.stop();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #connect() {
    this.#drop();
    this.#become({ name: "connecting" });
    this.login = newLogin();
    const socket = new WebSocket(this.route.url, ["text.ircv3.net"]);
    this.#socket = socket;
    socket.onopen = () => {
      this.pulse.hear();
      this.send({ command: "CAP", params: ["LS", "302"] });
    };
    socket.onmessage = ({ data }) => this.#take(String(data));
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.pulse.expect(this.route.hasOthers ? HURRIED_MS : CONNECT_MS);
  }

  /** @param {string} line */
  #take(line) {
    if (!line || line.length > MAX_LINE || /[\r\n\0]/.test(line)) return;
    const message = parse(line);
    this.pulse.hear();
    if (this.state === "online") {
      if (message.command === "ERROR") this.login.error = lastOf(message);
      if (message.command === "NICK" && message.nick === this.nick) this.nick = message.params[0] ?? "";
      if (message.command === "TRACKERS") this.route.take(message);
      if (message.command === "RESUME" || message.command === "REGISTER") this.#takeSecret(message);
      this.onMessage(message);
      return;
    }
    LOGIN[message.command]?.(this, message, this.#steps);
  }

  /** @param {Message} message */
  #takeSecret({ command, params: [kind = "", value = ""] }) {
    if (command === "RESUME") {
      if (kind === "TOKEN" && this.login.capabilities.includes(RESUME)) this.#token = value;
      return;
    }
    if (kind === "SUCCESS" && this.#newPassword) {
      this.loginName = value;
      this.#password = this.#newPassword;
    }
    this.#newPassword = "";
  }

  /**
   * What the steps of the login, in the table below, may do.
   * @type {Steps}
   */
  #steps = {
    password: () => this.#password,
    token: () => this.#token,
    forget: () => {
      this.#token = "";
    },
    refuse: (field, text) => this.#refuse(field, text),
    come: (message) => {
      this.#token = ""; // it was good once; another one follows
      this.route.arrive(this.login.capabilities.includes(TRACKERS));
      Object.assign(this, { lostAt: 0, isBackSoon: false });
      this.wasOnline = true;
      this.nick = message.params[0] ?? "";
      this.#become({ name: "online" });
      this.onMessage(message);
    },
    retryNick: () => {
      this.#timers.ghost = setTimeout(() => this.send({ command: "NICK", params: [this.nick] }), GHOST_MS);
    },
  };

  /**
   * @param {Problem["field"]} field
   * @param {string} text
   */
  #refuse(field, text) {
    this.#drop();
    if (field === "invitation") this.#password = "";
    /** @type {Problem} */
    const problem = { field, text };
    if (field === "username" && this.login.isTaken) problem.offer = `${this.nick}_`;
    if (field === "username" && text.includes("spaces")) problem.offer = this.nick.replaceAll(" ", "-");
    const tell = (more = {}) => this.#become({ name: "refused", problem: { ...problem, ...more } });
    tell();
    if (isForAWhile(text)) secondsLeft().then((seconds) => seconds && this.state === "refused" && tell({ seconds }));
  }

  /**
   * @param {number} code the WebSocket's close code; 0 when the tracker does not answer
   * @param {string} reason
   */
  #lost(code, reason = "") {
    const isVisit = this.wasOnline || this.#token !== ""; // which can go on, in this page or from the one before
    const isSilent = code === 0 && this.state === "online";
    const error = this.login.error || (this.wasOnline && code !== REFUSED ? "" : reason);
    const ending = endingOf(error || reason, code);
    this.isBackSoon ||= ending === "run";
    this.#drop();
    this.lostAt ||= Date.now();
    const goesOn = (isVisit || this.route.isUnderway) && (ending !== "chat" || this.route.hasOthers);
    const seconds = goesOn ? this.route.lose(ending, isSilent) : -1;
    const isEnded = error !== "" && ending === "visit" && !isPassing(error);
    const isOver = seconds < 0 && (ending === "chat" || isVisit);
    if (isEnded || isOver) this.#token = "";
    const text = error.replace(/^Closing link: /, "");
    if (isEnded) this.#end(this.wasOnline ? words.state.ended(text) : text, this.wasOnline);
    else if (isOver) this.#end(words.state.over, isVisit);
    else if (seconds === 0) this.#connect();
    else if (!isVisit) this.#refuse("", this.isBackSoon ? words.state.later : words.state.noAnswer);
    else if (Date.now() - this.lostAt > GIVE_UP_MS) this.#end(words.state.unreachable, true);
    else {
      this.#timers.retry = setTimeout(() => this.#connect(), seconds * 1000);
      this.#become({ name: "waiting", seconds });
    }
  }

  /**
   * It is of no use to go on.
   * @param {string} text
   * @param {boolean} isVisit which has ended; else somebody is at the form
   */
  #end(text, isVisit) {
    if (isVisit) this.#become({ name: "closed", text });
    else this.#refuse("", text);
  }
}
