"""The files of installed libraries to pack: sources, metadata and licences.

No library is imported or run, and nothing compiled is packed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

from chatcore.errors import CannotPack

LIBRARIES = ("asn1crypto", "colorama", "platformdirs", "prompt_toolkit", "scramp", "wcwidth")
"""What the terminal client imports, with dependencies. Each is a package named like its distribution."""
_LEFT_OUT = {"tests", "__pycache__"}
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)


def library_files(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the path in the archive, and the content, of each file of a library to pack.

    Raises CannotPack if the library is not installed, or without its licence; OSError.
    """
    spec = util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotPack(f"{name} is not installed")
    package = Path(spec.origin).parent
    for path in package.rglob("*.py"):
        inside = path.relative_to(package)
        if not _LEFT_OUT & set(inside.parts):
            yield f"{name}/{inside.as_posix()}", path.read_bytes()
    yield from _about(name, metadata.distribution(name))


def _about(name: str, distribution: metadata.Distribution) -> Iterator[tuple[str, bytes]]:
    """Yield a library's metadata and licences, as installed beside its package. Raises CannotPack, OSError."""
    text = distribution.read_text("METADATA")
    licences = [path for path in distribution.files or () if _is_licence(path)]
    if not text or not licences:
        raise CannotPack(f"{name} is installed without its licence")
    folder = f"{distribution.name}-{distribution.version}.dist-info"
    yield f"{folder}/METADATA", text.encode()
    for path in licences:
        yield f"{folder}/{'/'.join(path.parts[1:])}", Path(str(distribution.locate_file(path))).read_bytes()


def _is_licence(path: metadata.PackagePath) -> bool:
    return path.parts[0].endswith(".dist-info") and bool(_LICENCE.match(path.name))
