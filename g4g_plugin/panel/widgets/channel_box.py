"""The list of a take's channels."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget


class ChannelBox(QComboBox):
    """All channels mixed, or one of them. The data of an entry is the channel, None for all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Channel"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def show_channels(self, counted: int, channel: int | None) -> None:
        """List so many channels (0: not counted yet), and show the one that is chosen."""
        count = max(counted, 0 if channel is None else channel + 1)
        names = [
            self.tr("{number} of {count}").format(number=at + 1, count=count) for at in range(count)
        ]
        if [self.itemText(at + 1) for at in range(self.count() - 1)] != names or not self.count():
            self.clear()
            self.addItem(self.tr("all, mixed"), None)
            for number, name in enumerate(names):
                self.addItem(name, number)
        self.setCurrentIndex(0 if channel is None else channel + 1)
