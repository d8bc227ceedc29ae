"""`python -m g4g_plugin` is `g4g`."""

import sys

from g4g_plugin.cli import main

sys.exit(main())
