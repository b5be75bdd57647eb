"""A line being typed on a terminal, undisturbed by what is written above it: by prompt_toolkit, for client and tracker.

Whoever has no terminal need not import this, nor prompt_toolkit.

    line_prompt   one prompt after the other, and text above them
    prompt_loop   its event loop, which others have do something
    terminal      what all this needs of a terminal
    own_terminal  that of the process
    remote_terminal  one at the other end of a line: remote_input has its keys, which come as text
    last_drawing  what was drawn of a prompt, to be drawn again below new text
    bare_loop     an event loop without a descriptor, for prompts there
    pending       text that waits to be written, not more than there is space for; pure
    choice        a question that one key answers
    graphemes     keys that edit by what people call characters
    line_height   how much of the window what is typed may take
    possession    the terminal, taken from the shell and given back
    terminal_keys keys that no prompt reads, also at the end
    interruption  what ends a prompt, besides Enter
    theme         what stands out, and in which colours; pure
    background    whether the terminal is dark or light, as it answers; pure
    asking        asks it
"""
