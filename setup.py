"""What setup.cfg cannot say: a wheel has the terminal client in one file, made as the wheel is."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).parent))

from chatcore.packing.one_file import NAME, pack


class BuildWithClient(build_py):
    """Copies the packages, and packs the client; an editable install has its tracker do that when somebody asks."""

    def run(self) -> None:
        """Raises CannotPack if what it is made of is not installed: pyproject.toml names all of it."""
        super().run()
        if not self.editable_mode:
            (Path(self.build_lib) / "chatcore" / "packing" / NAME).write_bytes(pack())


setup(cmdclass={"build_py": BuildWithClient})
