"""From events to lines, by topic: what each reader sees of each event.

Each module has the name of the module in `commands` whose handlers publish its events. The renderer calls its
functions, in delivery's thread, with the context and one event; APPLIERS maps each event to its function.
"""
