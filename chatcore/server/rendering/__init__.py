"""From events to lines, by topic: what each reader is to see of what happened.

Every function here is called by the scribe, in delivery's thread, with the desk and one event; each module's APPLIERS
is the table of which event goes to which.
"""
