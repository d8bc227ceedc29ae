"""Play, shuttle, step, marks, loop: the viewer's transport by menu and key."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.viewer.transport import Transport


class PlayCommands(QObject):
    """The menu Play as far as it is about one shot."""

    def __init__(self, transport: Transport, parent: QObject) -> None:
        super().__init__(parent)
        self._transport = transport

    def handlers(self) -> Handlers:
        """Return what each action does."""
        transport = self._transport
        return {
            "backward": partial(transport.shuttle, -1),
            "stop": transport.stop,
            "forward": partial(transport.shuttle, 1),
            "play": transport.toggle,
            "previous_frame": partial(transport.step, -1),
            "next_frame": partial(transport.step, 1),
            "first_frame": lambda: transport.go(transport.span.first),
            "last_frame": lambda: transport.go(transport.span.end - 1),
            "mark_in": partial(transport.mark, "in"),
            "mark_out": partial(transport.mark, "out"),
            "clear_marks": transport.clear_marks,
            "loop": transport.set_loop,
        }
