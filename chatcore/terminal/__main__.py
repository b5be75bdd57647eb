"""python -m chatcore.terminal HOST [PORT] [NAME]"""

import sys

from chatcore.terminal.app import main

sys.exit(main())
