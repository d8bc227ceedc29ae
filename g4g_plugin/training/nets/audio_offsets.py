"""Each clip's audio-video offset, found by a sync expert in several processes; a broken run goes
on.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.training.corpus.pack import Corpus, digest_of, write_offsets
from g4g_plugin.training.corpus.parallel import in_processes

BATCH_CLIPS = 40  # clips of one errand

logger = logging.getLogger(__name__)


def estimate_offsets(
    pack: Path, expert: Path, processes: int = 2, progress: Progress = SILENT
) -> dict[str, Any]:
    """Let an expert find every clip's audio-video offset and write them beside the pack; return
    {key: row}.

    A row: offset (frames that the sound is late, 0 where unclear), sound (usable), confidence,
    lead, best, and reason where the clip is dropped from all that needs its sound. Clips this
    expert has heard already are not heard again.

    Args:
        pack: the pack.
        expert: weights of a sync expert.
        processes: how many work beside each other.
        progress: told of every clip; may cancel.

    Raises:
        MediaError: no pack, or a damaged one.
        EngineError: no such expert.
    """
    digest = digest_of(expert) if expert.is_file() else ""
    rows = _known(pack, digest)
    keys = [clip.key for clip in Corpus(pack).clips]
    rows = {key: row for key, row in rows.items() if key in set(keys)}
    todo = [key for key in keys if key not in rows]
    errands = [todo[at : at + BATCH_CLIPS] for at in range(0, len(todo), BATCH_CLIPS)]
    for _, found in in_processes(partial(hear_clips, pack, expert), errands, processes):
        rows |= found
        write_offsets(pack, rows, digest)
        progress.step("offsets", len(rows), len(keys))
    return rows


def hear_clips(pack: Path, expert: Path, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Let an expert find the offsets of these clips of a pack.

    Args:
        pack: the pack.
        expert: weights of a sync expert.
        keys: of the clips.
    """
    import torch

    from g4g_plugin.network.syncnet import MOUTH_PIXELS, load_sync
    from g4g_plugin.training.nets.train_sync import Offset, clip_offset, offset_row

    if multiprocessing.parent_process() is not None:
        torch.set_num_threads(1)
    net, _ = load_sync(expert)
    corpus, wanted = Corpus(pack, mouth=MOUTH_PIXELS, check=False), set(keys)
    offsets = {
        clip.key: clip_offset(net, corpus, clip) for clip in corpus.clips if clip.key in wanted
    }
    return {key: offset_row(offset or Offset(0.0, 0.0, 0.0)) for key, offset in offsets.items()}


def _known(pack: Path, digest: str) -> dict[str, Any]:
    try:
        stored = json.loads((pack / "offsets.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    known = {key: row for key, row in stored["clips"].items() if "lead" in row}
    return known if stored.get("expert") == digest else {}
