"""The dubbed timeline in the forms that editing programs read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from g4g_plugin.core.errors import DeliverError, G4GError
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.edit import Edit
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
    edit: Edit,
    dubs: list[Dub],
    out: Path,
    keep_dialogue: bool = False,
    also: Format | None = None,
    from_zero: bool = False,
) -> Exported:
    """Write the timeline with every dub in use.

    Args:
        edit: the open timeline.
        dubs: one for each dubbed clip.
        out: the folder.
        keep_dialogue: leave the original sound of the dubbed clips on.
        also: a format to write beside OpenTimelineIO.
        from_zero: write a copy that counts from frame 0 too.

    Raises:
        G4GError: the timeline cannot be written. Where only `also` cannot, the result says so.
    """
    from g4g_plugin.timeline.export import export_as
    from g4g_plugin.timeline.write import rebase, write_dubs

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise DeliverError(
            "The folder {out} cannot be made: {err}.",
            tr("Choose another one."),
            out=out,
            err=err,
        ) from err
    written = write_dubs(edit, dubs, out, keep_dialogue)
    others = [rebase(written.dubbed, out)] if from_zero else []
    try:
        others += export_as(written.dubbed, also, out) if also else []
    except G4GError as error:
        return Exported(written, tuple(others), error)
    return Exported(written, tuple(others))
