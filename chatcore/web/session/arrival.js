/**
 * What was said in a room before one came, as long as it is only counted. Pure.
 *
 * @import { Message } from "../protocol/irc.js"
 * @import { Room } from "./room.js"
 */

/**
 * The last of it, as it came, up to the message with the id `upTo`; `count` is how much of that was said, and `hasMore`
 * says that there is more before. After a reload the messages are not here.
 * @typedef {{messages: Message[], upTo: string, count: number, hasMore: boolean}} Arrival
 */

/**
 * Return messages without those from before one came, if these are not to be shown. Ids sort as what was said does.
 * @param {Room} room
 * @param {Message[]} messages
 */
export function sinceArrival({ arrival }, messages) {
  return arrival ? messages.filter(({ tags }) => (tags.msgid ?? "") > arrival.upTo) : messages;
}
