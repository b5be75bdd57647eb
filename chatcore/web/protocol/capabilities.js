/** The capabilities of a tracker that the page knows by name (https://ircv3.net/specs/extensions/capability-negotiation). */

import { MULTILINE } from "./multiline.js";

/** Coming back as the same visit (docs/resume.md). */
export const RESUME = "chatcore/resume";

/** Where else the chat can be reached (docs/trackers.md). */
export const TRACKERS = "chatcore/trackers";

/** Offered to whoever has given no password yet, if the chat has one. */
export const PASSWORD = "chatcore/password";

/** Finding what was said. */
export const SEARCH = "soju.im/search";

/** Taking messages back, and hearing of those that were. */
export const REDACTION = "draft/message-redaction";

/** History with reactions, comings and goings. */
export const PLAYBACK = "draft/event-playback";

/** Where one has read to, for all clients of an account. */
export const READ_MARKER = "draft/read-marker";

/** Making accounts. */
export const REGISTRATION = "draft/account-registration";

/** Tags on messages, and messages of tags alone: who is typing, replies, reactions. */
export const TAGS = "message-tags";

/** What the page asks for, where the tracker has it. */
export const WANTED = [
  ...[TAGS, "server-time", "echo-message", "batch", "labeled-response", "draft/chathistory"],
  ...["multi-prefix", "standard-replies", "sasl", "account-tag", "draft/channel-rename", MULTILINE],
  ...[SEARCH, REGISTRATION, RESUME, REDACTION, PLAYBACK, READ_MARKER, TRACKERS],
  ...["away-notify", "account-notify", "extended-join", "extended-monitor", "invite-notify", "setname"],
];
