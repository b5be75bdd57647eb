"""What clients can ask for: one literal table of commands, handlers by topic.

A handler runs in the client's own thread. It checks, changes shared state under the channels' locks, and publishes what
happened before it releases them. It never touches a socket.
"""
