"""Start a tracker: python tracker.py [options]. The work is in chatcore.server.

This file parses on Pythons that are too old to run the rest, so that they can say so in one line.
"""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("tracker.py needs Python 3.11 or newer; this is " + sys.version.split()[0] + "\n")
    sys.exit(2)

try:
    from chatcore.server.cli.app import main  # loads the rest when needed

    if __name__ == "__main__":
        sys.exit(main())
except ImportError as error:
    if (error.name or "").startswith("chatcore."):
        raise  # not a missing dependency but a bug of ours: the traceback says where
    sys.stderr.write(
        "tracker.py cannot start: " + str(error) + ". Try `make tracker`, or `pip install .` in this folder.\n"
    )
    sys.exit(2)
except KeyboardInterrupt:
    sys.exit(130)
