"""People who come by ssh: the protocol, by a library (asyncssh), and the terminal client run for each of them.

Neither the server nor the terminal client knows of this, nor of each other: the server's door asks through the
protocols of `transport.ssh`, and the client's `guest` gets a terminal and a connection that are made here.

    host          all of it, for one tracker: the loop's thread, what people are shown
    host_key      the key by which people know the tracker again
    wire          bytes between the loop and the tracker's connection, not more than a person could type
    protocol      asyncssh's connection, with what it does not bound by itself
    login         who asks to come in: what asyncssh asks is passed on to the client's own thread
    channel       the one channel that a connection may have, and what is refused on it
    outlet        what is to be sent on it, for as long as the other side does not take it
    person        the connection as the tracker sees it: questions first, then lines of IRC
    places        how many may
    spoken        what the client's own thread waits for
    inbox         what a person is still to be shown
    sitting       a person at the terminal: the client, in a thread of its own
    postman       hands people what was said, in one thread for all

ARCHITECTURE.md, "By ssh", says which thread does what.
"""
