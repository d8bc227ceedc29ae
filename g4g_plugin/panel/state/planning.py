"""From what was decided about clips to the jobs that carry it out; runs in the background."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from g4g_plugin.core.decisions import Line, ShotSettings
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import Settings
from g4g_plugin.engine.base import EngineOptions, Renderer
from g4g_plugin.project.job_store import Job
from g4g_plugin.project.session import Assignment

if TYPE_CHECKING:
    from g4g_plugin.project.edit import Slot

Marks = tuple[int | None, int | None]  # in and out, plate time, both inclusive


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs that can be queued, and why the other clips cannot be dubbed."""

    jobs: tuple[Job, ...]
    refused: dict[str, G4GError]


def engine_options(settings: Settings) -> EngineOptions:
    """Return the engine's options: one core is left to the interface where there are several."""
    threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
    renderer: Renderer = settings.renderer if settings.renderer in ("native", "network") else "auto"  # type: ignore[assignment]
    return EngineOptions(settings.device, renderer, settings.strength, None, threads)


def plan_dubs(
    clips: Sequence[tuple[Slot, Assignment]], settings: Settings, codec: str, out: Path
) -> Plan:
    """Check shots, takes and encoder, and return the jobs.

    Args:
        clips: each slot with what is decided about it.
        settings: engine, device, handles.
        codec: what is delivered.
        out: the folder that is delivered into.
    """
    from g4g_plugin.deliver.encode import check_encoder
    from g4g_plugin.project.decisions import Decisions
    from g4g_plugin.project.planning import plan_shot

    jobs: list[Job] = []
    refused: dict[str, G4GError] = {}
    for slot, given in clips:
        asked = ShotSettings(fit=given.fit, handles=settings.handles)
        decided = Decisions((Line(given.take, given.face),), asked)
        try:
            check_encoder(codec)
            shot = plan_shot(slot, decided)
        except G4GError as error:
            refused[slot.clip] = error
        else:
            jobs.append(Job(shot, out, settings.engine, engine_options(settings), codec))
    return Plan(tuple(jobs), refused)


def plan_previews(
    clips: Sequence[tuple[Slot, Assignment]], settings: Settings, marks: Marks, folder: Path
) -> Plan:
    """Plan only what lies between the marks, else the first seconds, as small files.

    Args:
        clips: each slot with what is decided about it.
        settings: engine, device.
        marks: in and out, plate time.
        folder: where previews lie.
    """
    from g4g_plugin.project.preview import CODEC, preview_range, preview_shot

    whole = plan_dubs(clips, settings, CODEC, folder)
    jobs: list[Job] = []
    refused = dict(whole.refused)
    for job in whole.jobs:
        span = preview_range(job.shot.source, marks)
        try:
            shot = preview_shot(job.shot, span)
        except G4GError as error:
            refused[job.shot.clip] = error
        else:
            jobs.append(Job(shot, folder, job.engine, job.options, CODEC))
    return Plan(tuple(jobs), refused)
