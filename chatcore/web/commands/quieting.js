/**
 * `/ignore` and `/mute #room`: people we do not hear, and rooms that do not disturb us. Handlers of the table in `table.js`. Pure.
 *
 * @import { Run } from "./ordering.js"
 * @import { Level } from "../session/noticing.js"
 * @import { Session } from "../session/session.js"
 */

import { isRoom } from "../protocol/names.js";
import { ignore as ignorePerson } from "../session/ignored.js";
import { words } from "../words.js";
import { mute as mutePerson, unmute as unmutePerson } from "./moderation.js";
import { firstWord } from "./ordering.js";

/** @type {Run} */
export function ignore(session, text) {
  const { ignored } = session;
  if (!text) return session.tell(words.quieting.ignored(ignored.names.join(", ")));
  if (session.isMe(text)) return words.quieting.notYourself;
  if (isSeveral(text)) return words.commands.oneName;
  if (!ignorePerson(session, text)) return words.quieting.tooMany;
  session.tell(words.quieting.ignoring(text));
}

/** @type {Run} */
export function unignore(session, text) {
  if (isSeveral(text)) return words.commands.oneName;
  if (!session.ignored.remove(text)) return words.quieting.notIgnored(text);
  session.tell(words.quieting.hearing(text));
}

/** @type {Run} */
export function mute(session, text, now) {
  const [name] = firstWord(text);
  if (!isRoom(name)) return mutePerson(session, text, now);
  return choose(session, name, "nothing", words.quieting.muted(name));
}

/** @type {Run} */
export function unmute(session, text, now) {
  const [name] = firstWord(text);
  if (!isRoom(name)) return unmutePerson(session, text, now);
  if (session.levels.of(name) !== "nothing") return words.quieting.notMuted(name);
  return choose(session, name, "mentions", words.quieting.unmuted(name));
}

/**
 * @param {Session} session
 * @param {string} name
 * @param {Level} level
 * @param {string} told
 */
function choose(session, name, level, told) {
  if (!session.levels.set(name, level)) return words.quieting.tooMany;
  session.tell(told);
}

/** @param {string} text */
function isSeveral(text) {
  return /[\s,]/.test(text) || isRoom(text);
}
