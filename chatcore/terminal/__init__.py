"""The terminal client. Its pure half says what a visit is; its thin half moves bytes and keys.

Each folder imports those above it only.

session/, pure (no socket, thread, clock or terminal): a visit, and what arriving messages do to it
    effects      what can come of an arriving message or a typed line
    rooms        the rooms one is in, with their members
    places       the rooms and conversations that one looks at, with what was last said in each
    noticing     what others say that is meant for us, and how much of it is worth a noise
    seeing       what goes to which view, and what is seen now
    comings      people who come and go, told in one line
    quiet        who is ignored, and which rooms are muted
    outbox       what we have said and was not answered yet
    supported    what the tracker says that it supports
    session      all that a visit remembers, and what a person can say with it
    status       what stands around the line that is typed
    received     an arriving message changes the session and yields effects; replies has the numerics,
                 moderation_replies those that whoever keeps order is answered
    batches      what arrives as one: history, what a search has found, the pages of an export
    multiline    messages of several lines, each from a batch of its own
    said         what is shown of a message; twins tells apart who has the same colour there
    talkers      who has spoken last
    quotes       what was said lately, by its id, for what is about it
    tagged       what comes without words: redactions, typing, and reactions, with folding those shown together
    arriving     what was said in a room before one came: how much, or the last of it
    marking      where one has read to, told to one's other programs, and what they tell
    looking      what is known of how far one has looked, for these two
    telling      that one is typing, told to others; typists are those who tell it
    clock        what is planned for later, and what time it is
    absence      what is remembered while the connection is lost; returning is the way back to all that was missed,
                 postponed what was said meanwhile, wider which other trackers have the chat
    recall       a history that takes several questions
    search       what is looked for, and what is said of what was found
    export       what is asked for an export, and its lines
    lookup       who somebody is: several replies of the tracker put together
    mode_words   a change of a room's modes in words
commands/, pure: what a typed line means
    typed        a typed line changes the session and yields effects
    slash        the table of slash commands; actions are their handlers, past those for what was said before,
                 answering those about one message, moderation those of whoever keeps order; registering makes
                 an account, inviting a link
    listed       the lists that the page has, too: commands, emoji
    guessing     which command was meant by a mistyped one
    quieting     ignoring people and muting rooms
    completion   what Tab offers
    pasting      what is asked before many lines are said
    keeping      which typed lines may be kept in a file
screen/: what a person sees and types
    wrap         where lines are broken; layout has pieces of text with their looks, put into such lines; both pure
    render       how an effect looks, on a terminal and in a pipe; pure
    appearance   how effects look one after the other on this terminal: its colours, and where a day begins
    bar          the line below the input, and own lines on their way above it; pure
    turning      keys that lead to another view
    attention    bell, title and notifications of the terminal
    screen       what a visit needs of a screen: prompt has the one on a terminal, plain the one in a pipe
    standard_streams what the latter reads and writes, with typed_lines; dumb_terminal is somebody's elsewhere
    editing      what is pasted into the line, and which lines come back; keys has the other keys
connecting/: getting in, and in again
    turned_away  why somebody is not let in, and in which words that is told; pure
    proof        proving the password, and that the tracker knows it too; pure
    negotiation  CAP: what a server offers and has switched on; pure
    wire         bytes, encrypted or as they are
    connection   what arrives in whole messages: socket_connection has it of a socket, with a thread that reads and one
                 that writes, inner that of a guest, inside the tracker
    pulse        whether the other side still lives; awake is the clock for that, which stands still during sleep; pure
    conversation what is said before a visit, a message at a time
    exchange     a proof in lines of SASL
    handshake    getting in: what is sent and answered
    vouching     what is told of a tracker's certificate; pure
    given_password  what was given for a password: with stray blanks, or a whole link
    questions    what a person is asked on the way in
    naming       a name is claimed, and another
    login        getting in: what a person is asked, and told when it is refused; guest_login that of a guest
    entry        what a visit needs of these
    comeback     finds another connection for a lost one, with a growing pause between two attempts
    elsewhere    at which other trackers, and in which order; pure
    ticket       with what one comes back, and to whom that may be shown; pure
    pace         how fast a tracker wants to be asked
and beside them
    chat         the visit: what is typed, and what becomes of it
    link         session, connection and screen joined; another connection for a lost one
    alarm        rings when something is due that a session has planned: one thread for all of a process
    outcome      how a visit ends
    showing      what becomes of effects that are not sent
    reminder     what is done if a search takes long
    typed_history    the file of what was typed
    stopwatch    how long the way to the tracker takes
    exporter     the file of an export, and the thread that writes it
    waiting      waiting that Ctrl+C can end
    local        all that is done to the person's own machine: files, signals, being suspended
    destination  where somebody wants to go: an address, a link; pure
    recent       the trackers where one has been; pure
    nearby       those that are announced in the network
    choosing     which of them all, or where else
    settings     the person's file of settings; pure
    arguments    the command line
    visit        from coming in to leaving, for whoever comes
    guest        whoever is a guest in a tracker, on a screen that is elsewhere
    app          main

The main thread waits for what is typed, a connection's reader for what arrives, and a few more do what must keep
neither of them waiting: ARCHITECTURE.md has the table of threads, and where a line goes. All of them change the session
only under the one lock of `link`, and what they show is shown under it too, so it is seen in the order in which it
happened.
"""
