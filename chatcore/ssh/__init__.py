"""Chatting over ssh: asyncssh speaks the protocol, and the tracker runs the terminal client for each person.

The server and the terminal client know neither this package nor each other. The server's door uses the protocols of
`transport.ssh`; the client's `guest` is given a terminal and a connection that are made here.

    host          ssh for one tracker: the event loop and its thread
    host_key      the key by which people recognize the tracker
    wire          bytes between the loop and the tracker's connection, at the pace of a person typing
    protocol      asyncssh's connection, with the limits that asyncssh lacks
    login         authentication: passes asyncssh's questions to the client's own thread
    channel       the one channel that a connection may have, and what is refused on it
    outlet        output for the channel, kept until the peer takes it
    typed         input from the channel, kept until the terminal client runs
    person        the connection as the tracker sees it: first questions, then lines of IRC
    places        how many people may come by ssh at a time
    spoken        what the client's own thread waits for
    inbox         lines that a person has not been shown yet
    sitting       one visit: the terminal client in a thread of its own
    postman       hands lines to the terminal clients, in one thread for all

See ARCHITECTURE.md, "By ssh", for the threads.
"""
