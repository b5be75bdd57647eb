/**
 * The page: a session, the connection that feeds it, and the view that shows it.
 *
 * @import { State } from "./connection/connection.js"
 * @import { Message } from "./protocol/irc.js"
 * @import { Link } from "./protocol/link.js"
 * @import { Room } from "./session/room.js"
 */

import { Addressing } from "./addressing.js";
import { becomeOperator } from "./commands/moderation.js";
import { isCommand, typed } from "./commands/slash.js";
import { Connection } from "./connection/connection.js";
import { followKnown, goBack, saysAnything, takeLink, toKeep, wireEntrance, withKept } from "./entrance.js";
import { entryDeeds } from "./entry_deeds.js";
import { goingActions, sharingActions } from "./going.js";
import { Keeper } from "./keeper.js";
import { Notifier } from "./notify.js";
import { pastDeeds, showsPast } from "./past_choice.js";
import { peopleActions } from "./people.js";
import { casefold } from "./protocol/irc.js";
import { NO_LINK, passwordIn } from "./protocol/link.js";
import { startQuickly } from "./quick.js";
import { Quiet } from "./quiet.js";
import { readingActions, searchingActions } from "./reading.js";
import { follow, goBackTo } from "./session/following.js";
import { hasUnsent } from "./session/keeping.js";
import { loseConnection } from "./session/losing.js";
import { receive } from "./session/received.js";
import { makeAccount } from "./session/registering.js";
import { sayApart } from "./session/sending.js";
import { Session } from "./session/session.js";
import { expireTyping, tellPaused, tellTyping } from "./session/typing.js";
import { lookAt, tellRead } from "./session/unread.js";
import { Showing } from "./showing.js";
import { closeAbove, isAbove, watchAbove } from "./view/above.js";
import { byId, saveFile } from "./view/dom.js";
import { setBusy, showInvitation, showLogin, showRemembered } from "./view/login.js";
import { showState } from "./view/state.js";
import { View } from "./view/view.js";
import { fill, words } from "./words.js";

fill(document);
startQuickly();
const PAUSE_MS = 5000; // without a key press: then others see that typing has paused
const url = new URL("irc", location.href); // next to the page, which a proxy may serve below a path
url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
const now = () => performance.now();
const quiet = new Quiet(url.href, () => change(() => {}));
const notifier = new Notifier(quiet, open);
let link = takeLink(); // still to be followed
let session = newSession();
const showing = new Showing(draw);
let pauseTimer = 0;
let typingTimer = 0;

const here = () => session;
const tell = (/** @type {string} */ text) => view.toast(text);
const addressing = new Addressing({ go: goBackOrForward, isAbove, closeAbove });
const connection = new Connection(url.href, { onMessage, onState });
const view = new View({
  ...goingActions(here, change),
  ...entryDeeds({ session: here, change, tell, write: () => view.focusText() }),
  ...sharingActions(here, change, tell),
  ...pastDeeds(here, change, tell),
  ...readingActions(here, change),
  ...searchingActions(here, change),
  typed: (text) => change(() => enter(text)),
  apart: (lines) => inRoom((room) => sayApart(session, room, lines)),
  typing,
  reader: () => ({ me: session.nick, isHere: (nick) => session.current?.isHere(nick) ?? false }),
  oper: (password) => change(() => becomeOperator(session, password)),
  register: (password) => change(() => makeAccount(session, password) && connection.willHave(password)),
  quit,
  ...peopleActions(here, change, notifier, { quit, toast: tell }),
});

const keeper = new Keeper((isLeaving) => ({
  kept: toKeep(url.href, connection, session, link, isLeaving),
  isUnsent: hasUnsent(session),
}));
wireEntrance(
  keeper,
  (username, password, isOffered) => {
    if (session.nick && !isOffered && casefold(username) !== casefold(session.nick)) renew();
    connection.open(username, passwordIn(password) || link.invitation);
  },
  renew,
);
comeBack();
watchAbove(() => showAddress());

addEventListener("pageshow", ({ persisted }) => persisted && connection.wake());
addEventListener("hashchange", followAnother);
addEventListener("online", () => connection.wake());
addEventListener("offline", () => connection.wake());
document.addEventListener("visibilitychange", () => {
  session.isVisible = !document.hidden;
  if (!document.hidden) connection.wake();
  change(() => session.current && lookAt(session, session.current));
});

function renew() {
  session = newSession();
}

function newSession() {
  const fresh = new Session(
    (message) => connection.send(message),
    (room, entry) => notifier.note(room, entry),
    saveFile,
  );
  quiet.serve(fresh);
  Object.assign(fresh, { isVisible: !document.hidden, showsPast: showsPast() });
  return fresh;
}

/** Continue where the last page in this tab left off, or else show the login form. */
async function comeBack() {
  const kept = await keeper.begin(url.href);
  if (kept) goBack(session, kept);
  link = followKnown(session, withKept(link, kept));
  addressing.showLink(link, session.current);
  showInvitation(link);
  showRemembered(keeper.isRemembering);
  showLogin({ field: "", text: link.problem }, kept?.nick);
  if (!kept?.token) return;
  setBusy(true);
  connection.resume({ ...kept, invitation: link.invitation || kept.invitation });
}

/** @param {Room} room */
function open(room) {
  change(() => session.open(room), true);
}

/**
 * Do something, and show the result.
 * @param {() => void} act
 * @param {boolean} isMove whether the person goes elsewhere, and will want to type there
 */
function change(act, isMove = false) {
  showing.change(act, isMove);
}

/**
 * Do something with the current room, if there is one.
 * @param {(room: Room) => void} act
 * @param {boolean} isMove
 */
function inRoom(act, isMove = false) {
  const room = session.current;
  if (room) change(() => act(room), isMove);
}

/**
 * Carry out what was typed, and go back to the latest messages to show it.
 * @param {string} text
 */
function enter(text) {
  session.current?.leavePast();
  typed(session, text, now());
  if (session.orders.isLeaving) quit();
}

/** @param {boolean} isMove */
function draw(isMove) {
  showAddress(false); // first, so that the new title belongs to the new entry
  view.show(session);
  showAddress();
  keeper.note();
  notifier.settle();
  if (isMove) view.focusText();
  const next = Math.min(expireTyping(session, now()), tellRead(session, now()));
  clearTimeout(typingTimer);
  if (next < Infinity) typingTimer = setTimeout(() => change(() => expireTyping(session, now())), next - now() + 50);
}

/** @param {Message} message */
function onMessage(message) {
  showing.changePaced(() => receive(session, message, now()));
}

/** @param {State} state */
function onState(state) {
  if (state.name !== "online" && session.isOnline) change(() => loseConnection(session));
  change(() => Object.assign(session, { isOver: state.name === "closed" }));
  if (state.name === "online") arrive();
  if (state.name === "refused") {
    const isOver = state.problem.field === "invitation";
    link = { ...link, invitation: isOver ? "" : link.invitation || connection.invitation };
    showInvitation(link);
  }
  showState(view, connection, state);
}

/** Take over what the tracker offers, and whether it has resumed our visit. */
function arrive() {
  const { account, capabilities, limits, isResumed, isRefused } = connection.login;
  session.isResumed = isResumed;
  Object.assign(session.tracker, { limits, capabilities: new Set(capabilities) });
  if (!isResumed) session.account = account; // a resumed visit keeps its account
  const { movedTo } = connection.route;
  if (movedTo || isRefused) view.toast(words.state.arrived(movedTo, isRefused));
  if (follow(session, link)) addressing.expect();
  link = NO_LINK;
}

/**
 * Follow another link that was opened in this tab. A person who is in goes to its room, and needs no invitation.
 * @param {HashChangeEvent} event
 */
function followAnother({ newURL }) {
  const isChatOpen = byId("login").hidden;
  if (isChatOpen && addressing.isOurs) return; // back or forward
  if (!isChatOpen && !new URL(newURL).hash) return; // a link was removed from the address: what is there since is ours
  const other = takeLink();
  if (isChatOpen) addressing.follow();
  if (!saysAnything(other)) return; // the address was cleared, or there was no link in it
  if (!isChatOpen) {
    link = { ...other, invitation: other.invitation || link.invitation };
    addressing.showLink(link);
    showInvitation(link);
    if (connection.state !== "connecting") showLogin({ field: "", text: link.problem });
    return;
  }
  connection.renewInvitation(other.invitation);
  change(() => follow(session, other) || view.toast(other.problem || words.links.here), true);
}

/**
 * Set the address to the current place, while the chat is open.
 * @param {boolean} isShown whether the page shows the session as it is
 */
function showAddress(isShown = true) {
  if (byId("login").hidden) addressing.show(session, isShown);
}

/**
 * Go to a place from the history, while in the chat; return whether it still exists.
 * @param {Link} place
 */
function goBackOrForward(place) {
  const isThere = !byId("login").hidden || goBackTo(session, place);
  if (!isThere) view.toast(words.links.left(place.room));
  change(() => {}, true);
  return isThere;
}

/** @param {string} text */
function typing(text) {
  keeper.note();
  if (!session.current) return;
  tellTyping(session, session.current, isCommand(text) ? "" : text, now());
  clearTimeout(pauseTimer);
  pauseTimer = setTimeout(() => tellPaused(session, now()), PAUSE_MS);
}

function quit() {
  showInvitation(NO_LINK, connection.invitation && words.entering.backByLink);
  connection.quit();
  renew();
  addressing.showLink(NO_LINK);
  view.show(session);
  showLogin();
}
