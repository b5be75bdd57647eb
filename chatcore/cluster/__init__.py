"""Several trackers, one chat: what they share goes through one stream of an engine, in one order for all."""
