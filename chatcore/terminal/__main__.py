"""The entry point of `python -m chatcore.terminal`, and of the single-file client, where it is `__main__.py`.

This file parses on Pythons that are too old to run the rest, so that it can say so in one line.
"""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("The chat's client needs Python 3.11 or newer; this is " + sys.version.split()[0] + "\n")
    sys.exit(2)

try:
    from chatcore.terminal.app import main
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
