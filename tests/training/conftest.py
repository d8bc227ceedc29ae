"""Drawn packs serve every training test."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
