"""What serves every test of this room: its own drawn subjects."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
