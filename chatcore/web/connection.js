/**
 * The WebSocket to the tracker: logging in, noticing that it is gone, coming back.
 *
 * One frame is one IRC line (https://ircv3.net/specs/extensions/websocket). The password is kept in this object's
 * memory only. Callbacks: onMessage(message), onState(state, detail) with the states of `STATES`.
 */

import { MAX_LINE, MAX_WELCOME } from "./bounds.js";
import { parse, serialize } from "./irc.js";

/** connecting, online, waiting (detail: seconds), refused (detail: {field, text}), closed (detail: text). */
export const STATES = ["connecting", "online", "waiting", "refused", "closed"];

const WANTED = [
  ...["message-tags", "server-time", "echo-message", "batch", "labeled-response", "draft/chathistory"],
  ...["multi-prefix", "standard-replies", "sasl"],
];
const BACK_OFF_S = [0.5, 1, 2, 4, 8, 15];
const SILENCE_MS = 45000; // without a word from the tracker it is asked whether it is there
const ANSWER_MS = 8000;
const GHOST_TRIES = 15; // a lost connection's username is free again within seconds
const GHOST_MS = 1000;
const GONE = "the tracker has left";
const PASSING = /timeout|timed out|SendQ/i; // an ERROR after which it is right to come back
const REFUSED = 1008; // the WebSocket's close code for who is not let in; for other reasons it is right to come back
const CHUNK = 400;

/** One person's way to the tracker, over as many sockets as it takes. */
export class Connection {
  #password = "";
  #socket = null;
  #timers = { retry: 0, silence: 0, answer: 0, ghost: 0 };

  constructor(url, { onMessage, onState }) {
    this.url = url;
    this.onMessage = onMessage;
    this.onState = onState;
    this.state = "";
    this.nick = "";
    this.wasOnline = false;
    this.failures = 0;
  }

  /** Log in. An empty password is not sent. */
  open(nick, password) {
    this.nick = nick;
    this.loginName = nick; // an account's, however the person is called later
    this.#password = password;
    this.wasOnline = false;
    this.#connect();
  }

  /** Send a message, if there is a connection. */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(serialize(message));
  }

  /** Try again now: at once when waiting, else make sure that the tracker is there. */
  wake() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "online") this.#probe(ANSWER_MS / 2);
  }

  /** Leave for good. */
  quit() {
    this.send({ command: "QUIT" });
    this.#drop();
    this.#password = "";
    this.wasOnline = false;
    this.#become("");
  }

  #become(state, detail) {
    this.state = state;
    this.onState(state, detail);
  }

  #drop() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #connect() {
    this.#drop();
    this.#become("connecting");
    this.login = { capabilities: [], ghostTries: 0, error: "" };
    const socket = (this.#socket = new WebSocket(this.url, ["text.ircv3.net"]));
    socket.onopen = () => {
      this.send({ command: "CAP", params: ["LS", "302"] });
      this.#hear();
    };
    socket.onmessage = ({ data }) => this.#take(String(data));
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.#timers.answer = setTimeout(() => this.#lost(0), 2 * ANSWER_MS);
  }

  #take(line) {
    if (!line || line.length > MAX_LINE) return;
    const message = parse(line);
    this.#hear();
    if (this.state === "online") {
      if (message.command === "ERROR") this.login.error = message.params.at(-1) ?? "";
      if (message.command === "NICK" && message.nick === this.nick) this.nick = message.params[0];
      this.onMessage(message);
      return;
    }
    LOGIN[message.command]?.call(this, message, this.#steps);
  }

  /** What the steps of the login, in the table below, may do. */
  #steps = {
    password: () => this.#password,
    refuse: (field, text) => this.#refuse(field, text),
    come: (message) => {
      this.failures = 0;
      this.wasOnline = true;
      this.nick = message.params[0];
      this.#become("online");
      this.onMessage(message);
    },
    retryNick: () => {
      this.#timers.ghost = setTimeout(() => this.send({ command: "NICK", params: [this.nick] }), GHOST_MS);
    },
  };

  #refuse(field, text) {
    this.#drop();
    this.#become("refused", { field, text });
  }

  /** The tracker has been heard: the silence begins anew. */
  #hear() {
    clearTimeout(this.#timers.silence);
    clearTimeout(this.#timers.answer);
    this.#timers.silence = setTimeout(() => this.#probe(ANSWER_MS), SILENCE_MS);
  }

  #probe(patience) {
    clearTimeout(this.#timers.answer);
    this.send({ command: "PING", params: ["are-you-there"] });
    this.#timers.answer = setTimeout(() => this.#lost(0), patience);
  }

  #lost(code, reason = "") {
    const error = this.login.error || (this.wasOnline && code !== REFUSED ? "" : reason);
    this.#drop();
    if (code === 1001 || error.includes(GONE)) {
      this.#become("closed", "The tracker has left: the chat is over.");
    } else if (error && !PASSING.test(error)) {
      const text = error.replace(/^Closing link: /, "");
      if (this.wasOnline) this.#become("closed", `You are no longer in the chat: ${text}`);
      else this.#refuse("", text);
    } else if (!this.wasOnline) {
      this.#refuse("", "The tracker does not answer. Is the chat still open?");
    } else {
      const seconds = BACK_OFF_S[Math.min(this.failures++, BACK_OFF_S.length - 1)] * (0.8 + 0.4 * Math.random());
      this.#timers.retry = setTimeout(() => this.#connect(), seconds * 1000);
      this.#become("waiting", seconds);
    }
  }
}

/** Registration, step by step: what each answer leads to. `this` is the connection. */
const LOGIN = {
  CAP({ params }, { password }) {
    const [, subcommand] = params;
    if (subcommand === "LS") {
      const listed = params.at(-1).split(" ").map((word) => word.split("=")[0]);
      this.login.capabilities = [...this.login.capabilities, ...listed].slice(0, MAX_WELCOME);
      if (params[2] === "*" && params.length > 3) return; // more of the list follows
      const wanted = WANTED.filter((name) => this.login.capabilities.includes(name));
      this.send({ command: "CAP", params: ["REQ", wanted.join(" ")] });
    } else if (password()) {
      this.send({ command: "AUTHENTICATE", params: ["PLAIN"] });
    } else {
      introduce(this);
    }
  },
  AUTHENTICATE(message, { password }) {
    const bytes = new TextEncoder().encode(`\0${this.loginName}\0${password()}`);
    const encoded = btoa(String.fromCharCode(...bytes));
    for (let start = 0; start <= encoded.length; start += CHUNK) {
      this.send({ command: "AUTHENTICATE", params: [encoded.slice(start, start + CHUNK) || "+"] });
    }
  },
  903() {
    introduce(this);
  },
  904(message, { refuse }) {
    refuse("password", "That is not the password.");
  },
  905(message, { refuse }) {
    refuse("password", "That password is too long.");
  },
  464(message, { password, refuse }) {
    refuse("password", password() ? "That is not the password." : "This chat has a password: ask who invited you.");
  },
  465({ params }, { refuse }) {
    refuse("", params.at(-1));
  },
  400({ params }, { refuse }) {
    refuse("", params.at(-1));
  },
  432({ params }, { refuse }) {
    refuse("username", params.at(-1));
  },
  433({ params }, { refuse, retryNick }) {
    if (this.wasOnline && this.login.ghostTries++ < GHOST_TRIES) retryNick();
    else refuse("username", params.at(-1));
  },
  PING({ params }) {
    this.send({ command: "PONG", params: [params.at(-1)] });
  },
  ERROR({ params }) {
    this.login.error = params.at(-1) ?? "";
  },
  "001"(message, { come }) {
    come(message);
  },
};

/** Say who we are; what is not ASCII is left out of the user part, which nobody sees. */
function introduce(connection) {
  const user = connection.nick.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 10) || "web";
  connection.send({ command: "NICK", params: [connection.nick] });
  connection.send({ command: "USER", params: [user, "0", "*", connection.nick] });
  connection.send({ command: "CAP", params: ["END"] });
}
