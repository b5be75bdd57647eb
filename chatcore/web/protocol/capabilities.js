/** The capabilities that the page knows by name (https://ircv3.net/specs/extensions/capability-negotiation). */

import { MULTILINE } from "./multiline.js";

/** Resuming the same visit (docs/resume.md). */
export const RESUME = "chatcore/resume";

/** The chat's other trackers (docs/trackers.md). */
export const TRACKERS = "chatcore/trackers";

/** Offered before the password is given, if the chat has one. */
export const PASSWORD = "chatcore/password";

/** Searching messages. */
export const SEARCH = "soju.im/search";

/** Redacting messages, and hearing of redactions. */
export const REDACTION = "draft/message-redaction";

/** History with reactions, joins and parts. */
export const PLAYBACK = "draft/event-playback";

/** Read markers, shared by all clients of an account. */
export const READ_MARKER = "draft/read-marker";

/** Registering accounts. */
export const REGISTRATION = "draft/account-registration";

/** Message tags, and messages made of tags alone: typing notifications, replies, reactions. */
export const TAGS = "message-tags";

/** What the page requests, if offered. */
export const WANTED = [
  ...[TAGS, "server-time", "echo-message", "batch", "labeled-response", "draft/chathistory"],
  ...["multi-prefix", "standard-replies", "sasl", "account-tag", "draft/channel-rename", MULTILINE],
  ...[SEARCH, REGISTRATION, RESUME, REDACTION, PLAYBACK, READ_MARKER, TRACKERS],
  ...["away-notify", "account-notify", "extended-join", "extended-monitor", "invite-notify", "setname"],
];
