"""How far must the best fit of old lips and old sound lead, before it says who speaks?

    python benchmarks/speakers.py FOLDER     plates as `benchmarks/verdicts.py make` has cut and
    followed them

Each person is set beside each other one: whose lips fit the sound of the first? Leads on one half
of the people set `render.speaker.CLEAR_LEAD`, those on the other say how it does.
"""

from __future__ import annotations

import sys
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.faces import follow
from g4g_plugin.faces.follow import Followed
from g4g_plugin.media.plate import open_plate
from g4g_plugin.render.speaker import sound_fit


def people(folder: Path, names: tuple[str, ...]) -> list[tuple[Path, Fraction, Followed]]:
    """Return the first plate of each person that was cut and followed."""
    seen = []
    for name in names:
        plate = folder / f"{name}-0.mov"
        if not plate.exists():
            continue
        with closing(open_plate(plate)) as reel:
            facts = reel.facts
            found = follow.recall(reel, 0, facts.count, None, folder / "cache", 0)
        if found is None:
            continue
        seen.append((plate, facts.rate, found[0][0]))
    return seen


def leads(folder: Path, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return by how much the one who speaks fits the sound better than each other one, (P,)."""
    known = people(folder, names)
    told = []
    for at, (plate, rate, _) in enumerate(known):
        fits = [sound_fit(plate, rate, person) for _, own, person in known if own == rate]
        mine = sum(own == rate for _, own, _ in known[:at])
        own_fit = fits[mine]
        if own_fit is None:
            continue
        told += [own_fit - f for n, f in enumerate(fits) if n != mine and f is not None]
    return np.array(told)


def main() -> int:
    """Print, for each lead, how many pairs are told rightly, wrongly, and not at all."""
    from verdicts import CALIBRATED, REPORTED

    for half, names in (("calibrated", CALIBRATED), ("reported", REPORTED)):
        found = leads(Path(sys.argv[1]), names)
        if not len(found):
            continue
        print(f"{half}: {len(found)} pairs, median lead {np.median(found):.3f}")
        for least in (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15):
            right, wrong = (found >= least).mean(), (found <= -least).mean()
            print(f"  {least:.2f}: right {right:.3f}  wrong {wrong:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
