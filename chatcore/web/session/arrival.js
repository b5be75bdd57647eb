/**
 * What was said in a room before we first entered it, while it is counted but not shown. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 */

/**
 * `messages` are the last of it as received, up to the message with the id `upTo`; they are gone after a reload.
 * `count` is how many of them are speech, and `hasMore` says that there are older ones.
 * @typedef {{messages: Message[], upTo: string, count: number, hasMore: boolean}} Arrival
 */

/**
 * Return messages without those from before we came, if those are hidden. Ids sort in the order of messages.
 * @param {Room} room
 * @param {Message[]} messages
 */
export function sinceArrival({ arrival }, messages) {
  return arrival ? messages.filter(({ tags }) => (tags.msgid ?? "") > arrival.upTo) : messages;
}
