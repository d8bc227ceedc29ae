"""The dubbed timeline in the forms that editing programs read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from g4g_plugin.core.errors import G4GError
from g4g_plugin.project.service import Service
from g4g_plugin.timeline.formats import Format
from g4g_plugin.timeline.write import Written

__all__ = ["Exported", "Written", "export_timeline"]


@dataclass(frozen=True, slots=True)
class Exported:
    """The project and the delivery copy; what was written beside them; why a format was not."""

    written: Written
    others: tuple[Path, ...] = ()
    error: G4GError | None = None


def export_timeline(
    service: Service,
    keep_dialogue: bool = False,
    also: Format | None = None,
    from_zero: bool = False,
) -> Exported:
    """Write the timeline with every dub in use.

    Args:
        service: of the open project.
        keep_dialogue: leave the original sound of the dubbed clips on.
        also: a format to write beside OpenTimelineIO.
        from_zero: write a copy that counts from frame 0 too.

    Raises:
        G4GError: the timeline cannot be written. Where only `also` cannot, the result says so.
    """
    from g4g_plugin.timeline.export import export_as
    from g4g_plugin.timeline.write import rebase

    written = service.deliver(keep_dialogue)
    out = written.dubbed.parent
    others = [rebase(written.dubbed, out)] if from_zero else []
    try:
        others += export_as(written.dubbed, also, out) if also else []
    except G4GError as error:
        return Exported(written, tuple(others), error)
    return Exported(written, tuple(others))
