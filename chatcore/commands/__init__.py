"""The commands of clients: one literal table, and the handlers by topic.

A handler runs in the client's own thread. It checks, changes shared state under the channels' locks, and publishes what
happened before it releases them. It never touches a socket.
"""
