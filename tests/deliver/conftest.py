"""Deliver's tests draw their movies with media's."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "media"))
