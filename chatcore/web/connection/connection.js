/**
 * The connection to the tracker: logging in, noticing that it is lost, coming back.
 *
 * It is a WebSocket, whose frames are one IRC line each (https://ircv3.net/specs/extensions/websocket).
 *
 * @import { Message, Outgoing } from "../protocol/irc.js"
 * @import { Kept } from "../kept.js"
 * @import { Steps } from "./login.js"
 */

import { MAX_LINE } from "../protocol/bounds.js";
import { RESUME, TRACKERS } from "../protocol/capabilities.js";
import { endingOf, isPassing } from "../protocol/goodbye.js";
import { parse, serialize } from "../protocol/irc.js";
import { words } from "../words.js";
import { Credentials } from "./credentials.js";
import { isForAWhile, secondsLeft } from "./lockout.js";
import { LOGIN, lastOf, newLogin } from "./login.js";
import { Pulse } from "./pulse.js";
import { Route } from "./route.js";

/**
 * What is wrong with a login, and in which field ('' for none) or with the invitation in place of a password; for how
 * long it is no use to try again, and a username that may be free if the one that was wanted is not.
 * @typedef {{field: "username" | "password" | "invitation" | "", text: string, seconds?: number, offer?: string}} Problem
 */

/**
 * The state of the connection: `waiting` to try again, login `refused`, or `closed` for good. The table of view/state.js
 * says what each shows and leads to.
 * @typedef {{name: "" | "connecting" | "online"} | {name: "waiting", seconds: number}
 *   | {name: "refused", problem: Problem} | {name: "closed", text: string}} State
 */

/**
 * What receives the messages and the changes of state. The first is called only while online.
 * @typedef {{onMessage: (message: Message) => void, onState: (state: State) => void}} Callbacks
 */

const CONNECT_MS = 16_000;
const HURRIED_MS = 4000; // where there are others to try
const GHOST_MS = 1000;
const GIVE_UP_MS = 600_000; // as long as a tracker keeps the token
const REFUSED = 1008; // the WebSocket's close code for a refused visitor; after any other the page should come back

/** One person's connection to the tracker, over any number of sockets. */
export class Connection {
  #credentials = new Credentials();
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
    this.wasOnline = false;
    this.isReloaded = false; // this page goes on from what an earlier one kept, and may know no password
    this.lostAt = 0; // by this machine's clock; 0 while there is a connection
    this.isBackSoon = false; // as the tracker said when it shut down
    this.login = newLogin();
  }

  /**
   * Log in. An empty password is not sent.
   * @param {string} nick
   * @param {string} password
   */
  open(nick, password) {
    this.nick = nick;
    this.#credentials.set(nick, password);
    this.isReloaded = false;
    this.again();
  }

  /**
   * Come back after a reload: by the token if it is still good, else by the invitation if there is one.
   * @param {Kept} kept
   */
  resume({ nick, loginName, token, invitation, trackers }) {
    this.route.goOn(trackers ?? {});
    this.nick = nick;
    this.#credentials.set(loginName, invitation, token);
    this.isReloaded = true;
    this.again();
  }

  /** See Credentials. */
  get loginName() {
    return this.#credentials.loginName;
  }

  /** See Credentials. */
  get invitation() {
    return this.#credentials.invitation;
  }

  /**
   * See Credentials. While we are in, this changes nothing.
   * @param {string} invitation
   */
  renewInvitation(invitation) {
    if (this.state !== "online") this.#credentials.renewInvitation(invitation);
  }

  /**
   * See Credentials.
   * @param {string} password
   */
  willHave(password) {
    this.#credentials.willHave(password);
  }

  /** What a reload needs besides the room and the invitation; null if there is nothing to come back to. */
  get kept() {
    const { token, loginName } = this.#credentials;
    return token ? { token, nick: this.nick, loginName } : null;
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

  /** Try again at once if waiting; while online, make sure that the tracker is there. */
  wake() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "online") this.pulse.probe();
  }

  /** Log in as last time. */
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
    this.#credentials.forget();
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
      if (message.command === "RESUME") this.#takeToken(message);
      if (message.command === "REGISTER") this.#credentials.takeAccount(message);
      this.onMessage(message);
      return;
    }
    LOGIN[message.command]?.(this, message, this.#steps);
  }

  /** @param {Message} message */
  #takeToken({ params: [kind = "", value = ""] }) {
    if (kind === "TOKEN" && this.login.capabilities.includes(RESUME)) this.#credentials.token = value;
  }

  /**
   * What the steps of the login (login.js) may use.
   * @type {Steps}
   */
  #steps = {
    credentials: this.#credentials,
    refuse: (field, text) => this.#refuse(field, text),
    come: (message) => {
      this.#credentials.token = ""; // it was good once; another one follows
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
    if (field === "invitation") this.#credentials.password = "";
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
    const isVisit = this.wasOnline || this.#credentials.token !== ""; // to continue, from this page or the one before
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
    if (isEnded || isOver) this.#credentials.token = "";
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
   * Give up.
   * @param {string} text
   * @param {boolean} isVisit whether a visit has ended; otherwise the person is at the login form
   */
  #end(text, isVisit) {
    if (isVisit) this.#become({ name: "closed", text });
    else this.#refuse("", text);
  }
}
