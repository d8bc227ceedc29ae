"""The face every test looks at, and the nets, opened once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from g4g_plugin.faces.detect import FaceDetector
from g4g_plugin.faces.landmarks import FaceMesh


@pytest.fixture(scope="session")
def face() -> NDArray[np.uint8]:
    """The astronaut, 512 x 512; her face is 20 % of the width."""
    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def detector() -> Iterator[FaceDetector]:
    with FaceDetector() as net:
        yield net


@pytest.fixture(scope="session")
def mesher() -> Iterator[FaceMesh]:
    with FaceMesh() as net:
        yield net


@pytest.fixture(scope="session")
def still(face: NDArray[np.uint8], detector: FaceDetector, mesher: FaceMesh) -> NDArray[np.float32]:
    """Her mesh in the picture as it is."""
    found = mesher(face, detector(face)[0].box)
    assert found is not None
    return found[0]
