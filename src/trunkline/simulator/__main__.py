"""`python -m trunkline.simulator`."""

import sys

from .command_line import main

sys.exit(main())
