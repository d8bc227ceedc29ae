"""The tracks of the open timeline as lanes to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

from g4g_plugin.panel.state.document import Document


@dataclass(slots=True)
class Lane:
    """One track as it is drawn: clips by place, sorted, so that what is seen is found by bisection."""

    name: str
    sound: bool
    clips: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


def lanes_of(document: Document) -> list[Lane]:
    """Return the lanes of the open timeline: video from the top track down, then sound."""
    edit = document.edit
    if edit is None:
        return []
    video: dict[str, Lane] = {}
    for slot in sorted(edit.slots, key=lambda slot: slot.record.first):
        lane = video.setdefault(slot.track, Lane(slot.track, False))
        _add(lane, slot.clip, slot.name or slot.clip, slot.record.first, slot.record.end)
    sound: dict[str, Lane] = {}
    for track, clips in edit.sounds.items():
        lane = sound.setdefault(track, Lane(track, True))
        for clip in sorted(clips, key=lambda clip: clip.begin):
            first, end = (
                edit.start + round(clip.begin * edit.rate),
                edit.start + round(clip.end * edit.rate),
            )
            _add(lane, clip.clip, clip.name, first, max(end, first + 1))
    return [
        *(video[name] for name in sorted(video, key=_track_number, reverse=True)),
        *(sound[n] for n in sorted(sound, key=_track_number)),
    ]


def _add(lane: Lane, clip: str, label: str, first: int, end: int) -> None:
    lane.clips.append(clip)
    lane.labels.append(label)
    lane.starts.append(first)
    lane.ends.append(end)


def _track_number(track: str) -> tuple[int, str]:
    digits = "".join(letter for letter in track if letter.isdigit())
    return (int(digits) if digits else 0, track)
