"""Pictures of the tracker and of the terminal client, for the documents: `make pictures`.

Each is a real session: a tracker and clients in a network of their own, each on a pseudo-terminal that pyte draws.
Linux only, as it needs `unshare` and `ip`; pyte is a development dependency, as no terminal of ours has colours.

    svg      a terminal's cells as SVG
    window   a program on a terminal
    scenes   what is shown, a table of pictures
"""
