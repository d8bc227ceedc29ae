from __future__ import annotations

from pathlib import Path

import pytest
from dialects import DIALECTS, golden


@pytest.fixture(params=sorted(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> tuple[Path, str]:
    """A timeline and the address of a clip in it, once for each program."""
    return golden(request.param), DIALECTS[request.param]
