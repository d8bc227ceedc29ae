"""Where the pictures are painted: one, two under a wipe, two side by side, or their difference;
zoom to the mouth.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from g4g_plugin.panel.viewer.frame_source import DecodedFrame

MOUTH_ZOOM = 4.0  # times: a mouth of 40 pixels fills a third of the picture
WIPE_GRAB_DISTANCE = 12  # pixels from the wipe line in which the mouse holds it
BACKGROUND = QColor("#101112")
SPEAKER_COLOUR, FACE_COLOUR, LANDMARK_COLOUR = (
    QColor("#57d38c"),
    QColor("#b8bcc2"),
    QColor("#ffd166"),
)


class Canvas(QWidget):
    """Paints what the viewer was given. Clicks are told in plate pixels."""

    clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: DecodedFrame | None = None
        self.wipe = 0.5  # share of the picture's width that shows the original
        self.zoom = 1.0
        self.overlays: set[str] = set()
        self.message = ""
        self._centre = QPointF(0.5, 0.5)  # share of the picture in the middle of the widget
        self._pulled: str | None = None
        self._at = QPointF()
        self.setMinimumSize(240, 135)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Picture"))

    def show_frame(self, shown: DecodedFrame) -> None:
        """Paint this from now on."""
        self.shown, self.message = shown, ""
        self.update()

    def clear(self, message: str) -> None:
        """Paint words instead of a picture."""
        self.shown, self.message = None, message
        self.update()

    def zoom_to(self, x: float, y: float, zoom: float) -> None:
        """Bring a plate pixel into the middle.

        Args:
            x: plate pixels.
            y: plate pixels.
            zoom: 1 fits the picture.
        """
        if self.shown is None:
            return
        size = self.shown.first.size()
        self.zoom = min(max(zoom, 1.0), 16.0)
        self._centre = (
            QPointF(x / size.width(), y / size.height()) if self.zoom > 1 else QPointF(0.5, 0.5)
        )
        self.update()

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle of what is seen."""
        if self.shown is not None:
            size = self.shown.first.size()
            self.zoom_to(
                self._centre.x() * size.width(),
                self._centre.y() * size.height(),
                self.zoom * factor,
            )

    def pan(self, x: float, y: float) -> None:
        """Move what is seen of a zoomed picture by shares of it; its edge is the end."""
        if self.zoom > 1:
            moved = self._centre + QPointF(x, y) / self.zoom
            self._centre = QPointF(min(max(moved.x(), 0.0), 1.0), min(max(moved.y(), 0.0), 1.0))
            self.update()

    def set_wipe(self, share: float) -> None:
        """Put the wipe line at a share of the picture's width."""
        self.wipe = min(max(share, 0.0), 1.0)
        self.update()

    def frame_rects(self) -> list[QRectF]:
        """Return where the whole picture lies in the widget: once, or twice side by side."""
        if self.shown is None:
            return []
        side = self.shown.request.mode == "side" and self.shown.second is not None
        boxes = [QRectF(0, 0, self.width(), self.height())]
        if side:
            half = self.width() / 2
            boxes = [
                QRectF(0, 0, half - 1, self.height()),
                QRectF(half + 1, 0, half - 1, self.height()),
            ]
        size = self.shown.first.size()
        rects = []
        for box in boxes:
            scale = min(box.width() / size.width(), box.height() / size.height()) * self.zoom
            wide, tall = size.width() * scale, size.height() * scale
            left = box.center().x() - wide * self._centre.x()
            top = box.center().y() - tall * self._centre.y()
            rects.append(QRectF(left, top, wide, tall))
        return rects

    def to_plate(self, point: QPointF) -> QPointF | None:
        """Return the plate pixel under a point of the widget, None beside the picture."""
        if self.shown is None:
            return None
        size = self.shown.first.size()
        for rect in self.frame_rects():
            if rect.contains(point):
                x = (point.x() - rect.left()) / rect.width() * size.width() - 0.5
                y = (point.y() - rect.top()) / rect.height() * size.height() - 0.5
                return QPointF(x, y)
        return None

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint pictures, wipe line and overlays."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        if self.shown is None:
            painter.setPen(QColor("#b8bcc2"))
            box = self.rect().adjusted(20, 0, -20, 0)
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.message
            )
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rects = self.frame_rects()
        self._paint_pictures(painter, rects)
        for n, rect in enumerate(rects):
            painter.save()
            if len(rects) > 1:
                painter.setClipRect(
                    QRectF(n * self.width() / 2, 0, self.width() / 2 - 1, self.height())
                )
            self._paint_overlays(painter, rect)
            painter.restore()

    def _names(self) -> tuple[str, str]:
        """Return what both pictures are called."""
        assert self.shown is not None
        first, second = self.shown.request.names
        first, second = first or self.tr("Original"), second or self.tr("Dubbed")
        return first, self.tr("{name} (frame kept)").format(
            name=second
        ) if self.shown.request.kept else second

    def _paint_pictures(self, painter: QPainter, rects: list[QRectF]) -> None:
        assert self.shown is not None
        first, second, mode = self.shown.first, self.shown.second, self.shown.request.mode
        names = self._names()
        if mode == "side" and second is not None:
            for rect, image, half in zip(rects, (first, second), (0, 1), strict=True):
                painter.save()
                painter.setClipRect(
                    QRectF(half * self.width() / 2, 0, self.width() / 2 - 1, self.height())
                )
                painter.drawImage(rect, image)
                painter.restore()
            self._label(painter, QPointF(10, 20), names[0])
            self._label(painter, QPointF(self.width() / 2 + 10, 20), names[1])
        elif mode == "wipe" and second is not None:
            self._paint_wipe(painter, rects[0], first, second)
        elif mode in ("dubbed", "difference") and second is not None:
            painter.drawImage(rects[0], second)
            self._label(
                painter,
                QPointF(10, 20),
                names[1] if mode == "dubbed" else self.tr("Difference × 4"),
            )
        else:
            painter.drawImage(rects[0], first)
            words = (
                names[0]
                if mode == "original"
                else self.tr("{name} (not dubbed here)").format(name=names[0])
            )
            self._label(painter, QPointF(10, 20), words)

    def _paint_wipe(self, painter: QPainter, rect: QRectF, first: QImage, second: QImage) -> None:
        x = self._wipe_x(rect)
        painter.drawImage(rect, second)
        painter.save()
        painter.setClipRect(QRectF(0, 0, x, self.height()))
        painter.drawImage(rect, first)
        painter.restore()
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        left, right = self._names()
        self._label(painter, QPointF(10, 20), left)
        self._label(
            painter,
            QPointF(self.width() - painter.fontMetrics().horizontalAdvance(right) - 18, 20),
            right,
        )

    def _wipe_x(self, rect: QRectF) -> float:
        seen = rect.intersected(QRectF(self.rect()))
        return seen.left() + seen.width() * self.wipe

    def _label(self, painter: QPainter, at: QPointF, words: str) -> None:
        box = (
            QRectF(painter.fontMetrics().boundingRect(words)).translated(at).adjusted(-5, -2, 5, 3)
        )
        painter.fillRect(box, QColor(0, 0, 0, 150))
        painter.setPen(QColor("#ffffff"))
        painter.drawText(at, words)

    def _paint_overlays(self, painter: QPainter, rect: QRectF) -> None:
        assert self.shown is not None
        scale = rect.width() / self.shown.first.width()
        matte = self.shown.matte
        if "matte" in self.overlays and matte is not None:
            left, top = self.shown.matte_at
            place = QRectF(left * scale, top * scale, matte.width() * scale, matte.height() * scale)
            painter.drawImage(place.translated(rect.topLeft()), matte)
        if self.shown.seen is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for n, face in enumerate(self.shown.seen.faces):
            moves = n == self.shown.moving
            if "box" in self.overlays:
                left, top, right, bottom = ((value + 0.5) * scale for value in face.box)
                painter.setPen(QPen(SPEAKER_COLOUR if moves else FACE_COLOUR, 3 if moves else 1.5))
                painter.drawRect(
                    QRectF(rect.left() + left, rect.top() + top, right - left, bottom - top)
                )
            if "landmarks" in self.overlays:
                painter.setPen(QPen(LANDMARK_COLOUR, 3 if moves else 2))
                painter.drawPoints(
                    [
                        QPointF(rect.left() + (x + 0.5) * scale, rect.top() + (y + 0.5) * scale)
                        for x, y in face.landmarks
                    ]
                )

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the wipe line, begin to move the picture, or click a face."""
        self._at = event.position()
        rects = self.frame_rects()
        wiping = (
            self.shown is not None
            and self.shown.request.mode == "wipe"
            and self.shown.second is not None
        )
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pulled = "picture"
        elif (
            event.button() == Qt.MouseButton.LeftButton
            and wiping
            and abs(event.position().x() - self._wipe_x(rects[0])) < WIPE_GRAB_DISTANCE
        ):
            self._pulled = "wipe"
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pulled = "click"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what was taken."""
        rects = self.frame_rects()
        if not rects or self._pulled is None:
            return
        if self._pulled == "wipe":
            seen = rects[0].intersected(QRectF(self.rect()))
            self.set_wipe((event.position().x() - seen.left()) / max(seen.width(), 1))
        elif self._pulled == "picture" or (event.position() - self._at).manhattanLength() > 4:
            self._pulled = "picture"
            step = event.position() - self._at
            self._at = event.position()
            if self.zoom > 1:
                self._centre -= QPointF(step.x() / rects[0].width(), step.y() / rects[0].height())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that went nowhere is a click."""
        if self._pulled == "click":
            point = self.to_plate(event.position())
            if point is not None:
                self.clicked.emit(point.x(), point.y())
        self._pulled = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom to the place, or back to the whole."""
        point = self.to_plate(event.position())
        self._pulled = None
        if point is not None:
            self.zoom_to(point.x(), point.y(), 1.0 if self.zoom > 1 else MOUTH_ZOOM)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the place under the mouse."""
        point = self.to_plate(event.position())
        if point is not None:
            self.zoom_to(point.x(), point.y(), self.zoom * 1.25 ** (event.angleDelta().y() / 120))
        event.accept()
