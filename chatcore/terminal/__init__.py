"""The terminal client. Its pure half is the state of a visit; its thin half moves bytes and keys.

Each folder imports only those above it.

session/, pure (no socket, thread, clock or terminal): a visit, and what arriving messages do to it
    effects      what an arriving message or a typed line can lead to
    rooms        the rooms we are in, with their members
    places       the views, which are rooms and conversations, with the last lines of each
    noticing     which messages are meant for us, and when to make a noise about them
    seeing       which view each line goes to, and which lines are shown now
    comings      people who come and go, folded into one line
    quiet        people who are ignored, and rooms that are muted
    outbox       our messages that the tracker has not answered yet
    supported    the features that the tracker announces
    session      the state of a visit, and what a person can say in it
    status       what is shown around the input line
    received     handlers for arriving messages; replies has those for numerics, moderation_replies those for operators
    batches      batches: history, search results, the pages of an export
    multiline    multi-line messages, each from a batch of its own
    said         a PRIVMSG as it is shown; twins tells apart people with the same colour
    talkers      who spoke last
    quotes       recent messages by id, for replies and the like to quote
    tagged       messages without text: redactions, typing, and reactions, with folding for those shown together
    arriving     history from before we entered a room: how much there is, or the latest messages
    marking      read markers, sent and received
    looking      the state of these two
    telling      our own typing notices; typists has those of others
    clock        the time, and scheduled actions
    absence      what is remembered while the connection is lost; returning comes back and fetches what was missed,
                 postponed has messages typed meanwhile, wider the other trackers of the chat
    recall       a history that takes several requests
    search       a search, and the summary of its results
    export       the requests and lines of an export
    lookup       a lookup of a person or room, put together from several replies
    mode_words   changes of a room's modes in words
commands/, pure: what a typed line means
    typed        a typed line changes the session and yields effects
    slash        the table of slash commands; actions has their handlers, past those about history, answering those
                 about one message, moderation those of operators; registering creates an account, inviting a link
    listed       the lists shared with the page: commands, emoji
    guessing     which command a mistyped one means
    quieting     ignoring people and muting rooms
    completion   what Tab offers
    pasting      the question before many lines are sent
    keeping      which typed lines may be kept in a file
screen/: what a person sees and types
    wrap         line breaking; layout puts styled fragments into such lines; both pure
    render       how an item looks, on a terminal and in a pipe; pure
    appearance   how items look one after the other on this terminal: colours, and the start of a day
    bar          the status bar below the input, and our own lines on their way above it; pure
    turning      keys that turn to another view
    attention    the terminal's bell, title and notifications
    screen       the interface of a screen: prompt implements it for a terminal, plain for a pipe
    standard_streams what a plain screen reads and writes, with typed_lines; dumb_terminal for a remote user
    editing      pasting, and the lines that the arrow keys bring back; keys has the other keys
connecting/: logging in, and coming back after a lost connection
    turned_away  why we are not let in, and the messages that say so; pure
    proof        proving the password, and checking the tracker's proof; pure
    negotiation  CAP: what a server offers and has enabled; pure
    wire         bytes, with TLS or in the clear
    connection   whole messages: socket_connection over a socket, with a thread that reads and one that writes, inner
                 for a guest, inside the tracker
    pulse        whether the other side is alive; awake is the clock for that, which stops during sleep; pure
    conversation the exchange of messages before a visit, one at a time
    exchange     a proof in lines of SASL
    handshake    capabilities, password and name on one connection
    vouching     what to tell about a tracker's certificate; pure
    given_password  parsing what was given as the password, which may have stray blanks or be a whole link
    questions    the questions of a login
    naming       claiming a name
    login        the login of a person's own client; guest_login is that of a guest
    entry        the interface of these two
    comeback     reconnects after a loss, with growing pauses between attempts
    elsewhere    the other trackers to try, and their order; pure
    ticket       what a client comes back with, and which trackers may see it; pure
    pace         how fast the tracker wants to be asked
and beside them
    chat         the loop of one visit: what is typed, and what becomes of it
    link         session, connection and screen joined; replaces a lost connection
    alarm        timers for what sessions have scheduled: one thread for the whole process
    outcome      how a visit ends
    showing      carries out effects that are not sent
    reminder     a note if a search takes long
    typed_history    the file of typed lines
    stopwatch    the round-trip time to the tracker
    exporter     the file of an export, and the thread that writes it
    waiting      waiting that Ctrl+C can interrupt
    local        everything done to the person's own machine: files, signals, suspending
    destination  parsing where to go: an address or a link; pure
    recent       the trackers visited before; pure
    nearby       the trackers announced on the network
    choosing     choosing one of these, or another
    settings     the person's settings file; pure
    arguments    the command line
    visit        a visit from login to exit status
    guest        a guest inside the tracker, whose screen is remote
    app          main

The main thread waits for typed input and a connection's reader for messages; a few more threads do what must not keep
either of them waiting. ARCHITECTURE.md has the table of threads and the path of a line. All of them change the session
only under the one lock of `link`, and show effects under it too, so that everything is seen in the order in which it
happened.
"""
