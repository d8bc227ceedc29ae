"""The commands beside `dub`: what there is, and what becomes of what was dubbed."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from g4g_plugin.cli.phrases import said
from g4g_plugin.cli.usage import read_as
from g4g_plugin.core.catalogue import ENGINES, RENDERERS
from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.formats import FORMATS, formats
from g4g_plugin.core.registry import Registry
from g4g_plugin.core.settings import Settings, cache_dir
from g4g_plugin.core.time import rate_text, timecode
from g4g_plugin.core.weight_files import WEIGHT_FILES, models_folder
from g4g_plugin.core.words import tr

if TYPE_CHECKING:
    from g4g_plugin.project.listing import Slot


def shots_command(args: argparse.Namespace, settings: Settings) -> int:
    """List the clips of a timeline."""
    from g4g_plugin.project.listing import list_clips

    read_as(args)
    slots = list_clips(args.timeline, settings.path_map)
    looks = {slot.clip: _looked_at(slot) for slot in slots} if args.look else {}
    if args.json:
        rows = [
            _slot_json(slot) | ({"look": looks[slot.clip]} if args.look else {}) for slot in slots
        ]
        print(json.dumps(rows, indent=2))
        return 0
    for slot in slots:
        start = timecode(slot.source.first, slot.source.rate, slot.drop)
        media = slot.media.name if slot.media else "no media"
        span = f"{start} + {slot.source.count:<6} @ {rate_text(slot.source.rate):<12}"
        print(f"{slot.clip:<10} {span} {slot.name:<32} {media}")
        for problem in slot.problems:
            print(f"{'':<10} ! {said(problem.message)}")
        for remark in looks.get(slot.clip, []):
            if remark["light"] != "green":
                print(f"{'':<10} ! {remark['message']}")
    return 0


def _looked_at(slot: Slot) -> list[dict[str, str]]:
    """Look at a clip's picture and return what was noticed; what cannot be looked at says so."""
    from g4g_plugin.project.listing import look_over

    if slot.media is None or slot.available is None:
        return []
    try:
        remarks = look_over(slot.media, slot.source, slot.available, None, slot.conform)
    except G4GError as error:
        return [{"light": "red", "code": "unreadable", "message": str(error.message)}]
    return [{"light": r.light, "code": r.code, "message": str(r.sentence)} for r in remarks]


def _slot_json(slot: Slot) -> dict[str, Any]:
    return {
        "clip": slot.clip,
        "name": slot.name,
        "track": slot.track,
        "record": to_plain(slot.record) if slot.record else None,
        "source": to_plain(slot.source) if slot.source else None,
        "media": str(slot.media) if slot.media else None,
        "start_timecode": slot.start_timecode,
        "problems": [
            {"code": problem.code, "message": said(problem.message)} for problem in slot.problems
        ],
    }


def export_command(args: argparse.Namespace, settings: Settings) -> int:
    """Write a delivered timeline in other formats too."""
    from g4g_plugin.project.listing import export_and_tell, format_to_write

    for entry in [format_to_write(key) for key in args.to]:
        made = export_and_tell(args.timeline, entry, args.out)
        for path in made.paths:
            print(f"The timeline as {entry.name}: {path}")
        for item in made.lost:
            print(f"! not in it: {item}")
        if entry.loses:
            print(f"It cannot carry: {'; '.join(entry.loses)}.")
    return 0


def formats_command(args: argparse.Namespace, settings: Settings) -> int:
    """List the timeline formats with what each cannot carry, and the codecs a dub is delivered in."""
    print("Timelines:")
    for entry in formats():
        does = "read, written" if entry.writes else "read"
        print(
            f"{entry.key:<10} {entry.name:<24} {does if entry.ready else f'needs {entry.package}'}"
        )
        if entry.loses:
            print(
                f"{'':<10} {'cannot carry' if entry.writes else 'not written'}: {'; '.join(entry.loses)}"
            )
    _print_broken(FORMATS)
    print("\nDelivery codecs:")
    for name, codec in CODECS.all().items():
        print(f"{name:<10} {codec.label:<24} .{codec.extension}")
    _print_broken(CODECS)
    return 0


def _print_broken(registry: Registry[Any]) -> None:
    for entry in registry.entries():
        if not entry.ready:
            print(f"{entry.name:<10} {entry.reason}")


def revert_command(args: argparse.Namespace, settings: Settings) -> int:
    """Give a clip its original picture back."""
    from g4g_plugin.project.service import Service

    service = Service(settings, cache_dir())
    service.open(args.project, args.out.absolute())
    written = service.revert(args.clip)
    service.close()
    print(f"Timeline: {written.dubbed}\nProject:  {written.project}")
    return 0


def panel_command(args: argparse.Namespace, settings: Settings) -> int:
    """Open the desktop panel."""
    import importlib.util

    if importlib.util.find_spec("PySide6") is None:
        raise G4GError(
            "The panel needs PySide6.", tr('Install it with pip install "g4g-plugin[panel]".')
        )
    from g4g_plugin.panel.shell.app import run

    return run(args.timeline)


def engines_command(args: argparse.Namespace, settings: Settings) -> int:
    """List the engines that move mouths, the renderers of g4g, and the weights with their licences."""
    for title, registry in (("Engines:", ENGINES), ("\nRenderers of g4g:", RENDERERS)):
        print(title)
        for entry in registry.entries():
            print(f"{entry.name:<12} {'ready' if entry.ready else entry.reason}")
    print(f"\nWeights in {models_folder()} (Apache-2.0 covers the code, not these):")
    for file in WEIGHT_FILES:
        state = "" if file.path.is_file() else "  MISSING"
        print(f"{file.name:<24} {file.what:<24} {file.licence}{state}")
    return 0


def doctor_command(args: argparse.Namespace, settings: Settings) -> int:
    """Print what is installed and what is missing."""
    from g4g_plugin.project.doctor import examine

    findings = examine(settings)
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok' if finding.ok else 'MISSING':<8} {finding.what:<18} {finding.found}")
            if not finding.ok and finding.hint:
                print(f"{'':<8} {finding.hint}")
    return 0 if all(finding.ok for finding in findings) else 1
