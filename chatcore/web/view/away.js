/**
 * The bar that says that the user is away, since when, and offers to come back.
 *
 * @import { Session } from "../session/session.js"
 */

import { words } from "../words.js";
import { byId, make } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
let shown = "";

/**
 * Show whether the user is away.
 * @param {Session} session
 * @param {{endAway: () => void}} actions
 */
export function showAway({ me }, { endAway }) {
  const text = me.isAway ? words.away.since(me.since ? clock.format(me.since) : "", me.why) : "";
  if (text === shown) return;
  shown = text;
  const bar = byId("away");
  bar.hidden = !text;
  const button = make("button", { type: "button", onclick: endAway }, words.away.back);
  bar.replaceChildren(...(text ? [make("p", {}, text), button] : []));
}
