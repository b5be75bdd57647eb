/**
 * What was said in a room before one came, as long as it is only counted. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 */

/**
 * The last of it, as it came; `count` is how much of that was said, and `hasMore` says that there is more before.
 * @typedef {{messages: Message[], count: number, hasMore: boolean}} Arrival
 */

/**
 * Return messages without those from before one came, if these are not to be shown.
 * @param {Room} room
 * @param {Message[]} messages
 */
export function sinceArrival({ arrival }, messages) {
  if (!arrival) return messages;
  const before = new Set(arrival.messages.map(({ tags }) => tags.msgid).filter((id) => id));
  return messages.slice(messages.findLastIndex(({ tags }) => before.has(tags.msgid)) + 1);
}
