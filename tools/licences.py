"""The licence of every locked package, as declared: `python -m tools.licences [LOCK]`; status 1 when one has none."""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
_CLASSIFIER = "License :: "


def licence(package: Distribution) -> str:
    """Return a package's SPDX expression, else its classifiers, its licence field, its licence file; empty without."""
    about = package.metadata
    declared = [text.split(" :: ")[-1] for text in about.get_all("Classifier") or [] if text.startswith(_CLASSIFIER)]
    texts = [path.read_text() for path in package.files or [] if "licen" in path.name.lower()]
    fields = [about.get_all(name) or [] for name in ("License-Expression", "License")]
    said = [*fields[0], ", ".join(declared), *fields[1], *texts]
    return next((text.strip().partition("\n")[0] for text in said if text and text.strip()), "")


def licences(lock: Path) -> dict[str, str]:
    """Return the licence of each package of a lock, empty when it declares none."""
    found = {}
    for name, version in _PINNED.findall(lock.read_text(encoding="utf-8")):
        try:
            found[f"{name} {version}"] = licence(distribution(name))
        except PackageNotFoundError:
            found[f"{name} {version}"] = "not installed here (another system or Python)"
    return found


if __name__ == "__main__":
    found = licences(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "requirements.lock")
    for package, its in found.items():
        print(f"{package:<36} {its or 'NO LICENCE DECLARED'}")
    sys.exit(int(not all(found.values())))
