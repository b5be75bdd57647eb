"""From events to lines, by topic: what each reader sees of each event.

A module here has the name of the one in `commands` whose handlers publish its events. Its functions are called by the
renderer, in delivery's thread, with the context and one event; APPLIERS is the table of which event goes to which.
"""
