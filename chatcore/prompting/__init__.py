"""A line being typed on a terminal, undisturbed by text written above it. Used by the terminal client and the tracker.

Built on prompt_toolkit. Programs without a terminal need import neither.

    line_prompt   one prompt after another, with text above them
    prompt_loop   the running prompt's event loop, for other threads
    terminal      what prompts need of a terminal
    own_terminal  the terminal of the process
    remote_terminal  a terminal at the other end of a connection
    remote_input  its keys, which come as text
    last_drawing  the last drawing of a prompt, to be repeated below new text
    bare_loop     an event loop without a descriptor, for prompts on a remote terminal
    pending       text waiting to be written, bounded; pure
    choice        a question answered by one key
    graphemes     keys that edit by what people call characters
    line_height   how much of the window the line being typed may take
    possession    the terminal, taken from the shell and given back
    terminal_keys keys typed while no prompt reads them
    interruption  what ends a prompt, besides Enter
    theme         what stands out, and in which colours; pure
    background    whether the terminal is dark or light: the question and its answer; pure
    asking        asks that question
"""
