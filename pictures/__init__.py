"""Pictures of the tracker and of the terminal client, for the documents: `make pictures`.

Each shows a real session: a tracker and clients in their own network namespace, each on a pseudo-terminal that pyte
emulates. Linux only, because it needs `unshare` and `ip`. `page` adds Chromium with the page.

    svg      a terminal's cells as SVG
    window   a program on a terminal
    page     the page in a browser
    scenes   what happens, and which pictures are taken of it
"""
