"""The dense face mesh: MediaPipe's 478 points on one face of one picture.

MediaPipe's landmark net is run on a square we cut ourselves around the face, upright and reduced by
area, and not through `mp.solutions.face_mesh`: that one looks for the face again with a short-range
detector (it misses faces under 12 % of the picture's width), follows it by its own rules and hides
the score. Same net, 2 to 3 ms a pass.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import EYE_CORNERS
from g4g_plugin.core.words import tr

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Box = tuple[float, float, float, float]  # left, top, right, bottom; picture pixels

NET_SIDE = 192  # pixels the landmark net sees
# square around the face, as a multiple of the longer side of its box: what the net was taught with
BOX_MARGIN = 1.5
# The second pass starts from the first one's mesh: the result then hardly depends on the box
MESH_PASSES = 2
FACE_SCORE_LEAST = 0.5  # least score that counts as a face
_STDERR = threading.Lock()  # file descriptor 2 is one for all threads

_GRAPH = """
input_stream: "image"
output_stream: "landmarks"
output_stream: "presence"
node { calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:op_resolver" }
node {
  calculator: "ImageToTensorCalculator" input_stream: "IMAGE:image" output_stream: "TENSORS:input_tensors"
  options { [mediapipe.ImageToTensorCalculatorOptions.ext] {
    output_tensor_width: 192 output_tensor_height: 192 output_tensor_float_range { min: 0.0 max: 1.0 } } }
}
node {
  calculator: "InferenceCalculator" input_side_packet: "OP_RESOLVER:op_resolver"
  input_stream: "TENSORS:input_tensors" output_stream: "TENSORS:output_tensors"
  options { [mediapipe.InferenceCalculatorOptions.ext] {
    model_path: "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite"
    delegate { xnnpack { num_threads: 1 } } } }
}
node {
  calculator: "SplitTensorVectorCalculator" input_stream: "output_tensors"
  output_stream: "landmark_tensors" output_stream: "presence_tensor"
  options { [mediapipe.SplitVectorCalculatorOptions.ext] { ranges: { begin: 0 end: 6 } ranges: { begin: 6 end: 7 } } }
}
node {
  calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:presence_tensor" output_stream: "FLOAT:presence"
  options { [mediapipe.TensorsToFloatsCalculatorOptions.ext] { activation: SIGMOID } }
}
node {
  calculator: "TensorsToFaceLandmarksWithAttention"
  input_stream: "TENSORS:landmark_tensors" output_stream: "LANDMARKS:landmarks"
}
"""


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 off the user's screen; it goes to the debug
    log.
    """
    with _STDERR, tempfile.TemporaryFile() as chatter:
        kept = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            chatter.seek(0)
            logging.getLogger(__name__).debug(
                "%s", chatter.read().decode("utf-8", "replace").strip()
            )


@contextmanager
def quiet_warnings() -> Iterator[None]:
    """Keep warnings of MediaPipe and its imports, which no user can act on, from being shown or
    raised.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_graph() -> Any:
    """Start MediaPipe's graph around the landmark net: image (192, 192, 3) -> landmarks, presence.

    Raises:
        FaceError: the installed mediapipe has no such model.
    """
    try:
        from google.protobuf import text_format
        from mediapipe.calculators.core import split_vector_calculator_pb2  # noqa: F401  (registers its options)
        from mediapipe.calculators.tensor import (  # noqa: F401  (register their options)
            image_to_tensor_calculator_pb2,
            inference_calculator_pb2,
            tensors_to_floats_calculator_pb2,
        )
        from mediapipe.framework import calculator_pb2
        from mediapipe.python.solution_base import PacketDataType, SolutionBase

        config = text_format.Parse(_GRAPH, calculator_pb2.CalculatorGraphConfig())  # pyright: ignore[reportAttributeAccessIssue]
        kinds = {"image": PacketDataType.IMAGE_FRAME, "landmarks": PacketDataType.PROTO}
        kinds["presence"] = PacketDataType.FLOAT
        graph = SolutionBase(
            graph_config=config, outputs=["landmarks", "presence"], stream_type_hints=kinds
        )
        graph.process(
            {"image": np.zeros((NET_SIDE, NET_SIDE, 3), np.uint8)}
        )  # the first picture makes it talk
        return graph
    except (ImportError, RuntimeError, ValueError) as err:
        hint = tr("Install mediapipe 0.10.14: run installer/install.py again.")
        raise FaceError("The face models cannot be loaded.", hint) from err


def box_of(mesh: Floats) -> Box:
    """Return the upright box around a mesh (..., 478, 3)."""
    low, high = mesh[:, :2].min(0), mesh[:, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def roll_of(mesh: Floats) -> float:
    """Return the angle of the line through the eyes, radians, clockwise positive (y points down)."""
    # The net was taught with this line level.
    across = mesh[EYE_CORNERS[1], :2] - mesh[EYE_CORNERS[0], :2]
    return float(np.arctan2(across[1], across[0]))


def square_of_box(box: Box, roll: float = 0.0) -> NDArray[np.float64]:
    """Return the net's square around a box: (centre x, centre y, side, roll in radians)."""
    side = BOX_MARGIN * max(box[2] - box[0], box[3] - box[1])
    return np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, side, roll])


def square_of_mesh(mesh: Floats) -> NDArray[np.float64]:
    """Return the net's square around a mesh, turned with the eyes: (centre x, centre y, side,
    roll).
    """
    roll = roll_of(mesh)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    upright = mesh[:, :2] @ turn.T
    low, high = upright.min(0), upright.max(0)
    centre = turn.T @ ((low + high) / 2)
    return np.array([*centre, BOX_MARGIN * float((high - low).max()), roll])


def _to_net(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (2, 3): picture pixels -> net pixels, both with (0, 0) at the centre of the first
    pixel.
    """
    x, y, side, roll = square
    scale = NET_SIDE / side
    cos, sin = scale * np.cos(roll), scale * np.sin(roll)
    middle = (NET_SIDE - 1) / 2
    return np.array(
        [[cos, sin, middle - cos * x - sin * y], [-sin, cos, middle + sin * x - cos * y]]
    )


def _cut(rgb: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    """Cut the net's square out of the picture, reduced by whole factors first: bilinear alone would
    alias.
    """
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array(
        [[-0.5, -0.5, 1], [-0.5, NET_SIDE, 1], [NET_SIDE, -0.5, 1], [NET_SIDE, NET_SIDE, 1]]
    )
    ends = corners @ inverse.T
    factor = max(1, int(np.hypot(*inverse[:, 0])))
    left, top = np.maximum(np.floor(ends.min(0)).astype(int) - factor, 0)
    right, bottom = np.maximum(np.ceil(ends.max(0)).astype(int) + factor + 1, (left + 1, top + 1))
    part = rgb[top:bottom, left:right]
    if part.size == 0:
        return np.zeros((NET_SIDE, NET_SIDE, 3), np.uint8)
    matrix = matrix @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]])
    if factor > 1 and min(part.shape[:2]) >= factor:
        height, width = (n // factor * factor for n in part.shape[:2])
        size = (width // factor, height // factor)
        part = cv2.resize(part[:height, :width], size, interpolation=cv2.INTER_AREA)
        half = (factor - 1) / 2
        matrix = matrix @ np.array([[factor, 0, half], [0, factor, half], [0, 0, 1]])
    cut = cv2.warpAffine(
        part, matrix, (NET_SIDE, NET_SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.ascontiguousarray(cut, np.uint8)


class FaceMesh:
    """Finds the 478 points of a face whose place is roughly known. Keeps nothing from one picture
    to the next.
    """

    def __init__(self) -> None:
        with quiet_stderr(), quiet_warnings():
            self._graph: Any = open_graph()

    def __enter__(self) -> FaceMesh:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the net go; calling it again does nothing."""
        if self._graph is not None:
            self._graph.close()
            self._graph = None

    def _run(self, cut: Pixels) -> tuple[Floats, float]:
        with quiet_warnings():
            found = self._graph.process({"image": cut})
        points = [(point.x, point.y, point.z) for point in found.landmarks.landmark]
        return np.array(points, np.float32), float(found.presence)

    def _look(self, rgb: Pixels, square: NDArray[np.float64]) -> tuple[Floats, float]:
        matrix = _to_net(square)
        points, score = self._run(_cut(rgb, matrix))
        flat = np.column_stack([points[:, :2] * NET_SIDE - 0.5, np.ones(len(points))])
        mesh = np.column_stack(
            [flat @ cv2.invertAffineTransform(matrix).T, points[:, 2] * square[2]]
        )
        return mesh.astype(np.float32), score

    def __call__(
        self,
        rgb: Pixels,
        box: Box | None = None,
        near: Floats | None = None,
        passes: int = MESH_PASSES,
        roll: float = 0.0,
    ) -> tuple[Floats, float] | None:
        """Return the mesh of the face in `box`, or near another frame's mesh, and its score; None
        without a face.

        The mesh is (478, 3) float32 picture pixels, x right, y down, z towards the viewer negative
        in the scale of x; score 0..1.

        Args:
            rgb: (h, w, 3) uint8.
            box: left, top, right, bottom, picture pixels, around brows to chin; it may reach
                outside the picture.
            near: (478, 3) replaces the box where the face has been followed.
            passes: how often the net looks, each time where the last mesh lay.
            roll: how the face in `box` is tilted, radians, clockwise positive.

        Raises:
            ValueError: neither box nor near.
        """
        if near is None and box is None:
            raise ValueError("the mesh needs a box or another frame's mesh to start from")
        if near is not None:
            square = square_of_mesh(near)
        else:
            square = square_of_box(box or (0, 0, 0, 0), roll)
        mesh, score = near, 0.0
        for _ in range(passes):
            if not np.isfinite(square).all() or square[2] < 4:
                return None
            mesh, score = self._look(rgb, square)
            if score < FACE_SCORE_LEAST:
                return None
            square = square_of_mesh(mesh)
        return None if mesh is None else (mesh, score)
