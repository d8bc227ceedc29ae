from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "media"))  # its movies are drawn here too

from dialects import DIALECTS, golden


@pytest.fixture(params=sorted(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> tuple[Path, str]:
    """A timeline and the address of a clip in it, once for each program."""
    return golden(request.param), DIALECTS[request.param]
