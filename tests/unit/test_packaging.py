from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from graphflow.version import __version__

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("notebooks", "ops")  # these stand beside graphflow/ and are packages within it
FOLDERS = ("graphflow", *LINKED)
# Slow to import or optional, so `import graphflow` must not bring them in.
LATE_LIBRARIES = (
    "IPython",
    "PIL",
    "blosc",
    "google.protobuf",
    "graphviz",
    "matplotlib",
    "nbclient",
    "networkx",
    "numba",
    "opt_einsum",
    "pooch",
    "scipy",
    "tqdm",
)


def read_setup() -> configparser.ConfigParser:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


def folders_with_init(top: Path, name: str) -> set[str]:
    """Return the dotted names of `top` and the packages below it, links not followed."""
    packages = set()
    for folder, subfolders, files in os.walk(top):
        subfolders[:] = [one for one in subfolders if one != "__pycache__"]
        if "__init__.py" in files:
            packages.add(".".join((name, *Path(folder).relative_to(top).parts)))
    return packages


def files_below(top: Path, name: str) -> list[str]:
    """Return the files below `top` as paths that begin with `name`, links not followed."""
    return [
        f"{name}/{path.relative_to(top).as_posix()}"
        for path in top.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}
    ]


def run_python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, timeout=600
    )


def test_setup_lists_every_package():
    listed = read_setup()["options"]["packages"].split()
    found = folders_with_init(ROOT / "graphflow", "graphflow")
    for folder in LINKED:
        found |= folders_with_init(ROOT / folder, f"graphflow.{folder}")
    assert listed == sorted(found), "setup.cfg must list under packages what is found, sorted"


def test_every_module_lies_in_a_package():
    """A module beside no __init__.py would be missing from an installed copy."""
    modules = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    orphans = [str(one) for one in modules if not (one.parent / "__init__.py").exists()]
    assert orphans == []


@pytest.mark.parametrize("folder", LINKED)
def test_folders_beside_the_package_are_reached_through_relative_links(folder):
    link = ROOT / "graphflow" / folder
    assert link.is_symlink()
    assert os.readlink(link) == os.path.join("..", folder)
    assert link.resolve() == ROOT / folder


def test_ops_cannot_be_imported_under_a_second_name():
    result = run_python("-c", "import ops", cwd=ROOT)
    assert result.returncode == 1
    last_line = result.stderr.strip().splitlines()[-1]
    assert last_line.startswith("ImportError: ")
    assert "import graphflow.ops" in last_line


def test_ops_comes_from_the_checkout_at_the_repository_root():
    result = run_python("-c", "import graphflow.ops as ops; print(ops.__file__)", cwd=ROOT)
    assert result.stderr == ""
    assert Path(result.stdout.strip()).resolve() == ROOT / "ops" / "__init__.py"


def test_import_leaves_slow_libraries_alone():
    code = f"import sys, graphflow; print(*[m for m in {LATE_LIBRARIES} if m in sys.modules])"
    result = run_python("-c", code, cwd=ROOT)
    assert result.stderr == ""
    assert result.stdout.split() == []


def copy_sources(target: Path, *, symlinks: bool) -> None:
    """Copy what a build needs; without `symlinks` as git does where links are not supported."""
    target.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, target)
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name, symlinks=True, ignore=skip)
    if symlinks:
        return
    for name in LINKED:
        link = target / "graphflow" / name
        link.unlink()
        link.write_text(f"../{name}")


@pytest.mark.slow
@pytest.mark.parametrize("symlinks", [True, False])
def test_wheel_holds_every_source_file_once(tmp_path, symlinks):
    copy_sources(tmp_path / "source", symlinks=symlinks)
    command = ("-m", "pip", "wheel", "--no-deps", "--wheel-dir", "dist", "./source")
    result = run_python(*command, cwd=tmp_path)
    assert result.returncode == 0, result.stderr

    (wheel,) = (tmp_path / "dist").glob(f"graphflow_tf1-{__version__}-*.whl")
    packed = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    expected = files_below(ROOT / "graphflow", "graphflow")
    for folder in LINKED:
        expected += files_below(ROOT / folder, f"graphflow/{folder}")
    assert sorted(packed) == sorted(expected)
