"""Where compiled code is kept: apart for each state of the sources, private, and always somewhere."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from worlds import SCENARIOS, plan_of

from referralsim import compiled, folders

PACKAGE = Path(compiled.__file__).parent


def imported(path: Path) -> set[Path]:
    """Return the files of the package that a module imports from."""
    names = [n.module for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.ImportFrom)]
    files = {PACKAGE.parent / (str(name).replace(".", "/") + ".py") for name in names}
    return {file for file in files if file.is_relative_to(PACKAGE) and file.is_file()}


def test_digest_covers_every_source_of_compiled_code():
    """A changed module that compiled code calls must not run from an old cache: each is in the digest."""
    hashed = {path for pattern in compiled._SOURCES for path in PACKAGE.glob(pattern)}
    compiling = {
        path
        for path in PACKAGE.rglob("*.py")
        if any(mark in path.read_text("utf-8") for mark in ("@compiled", "@njit", "@register_jitable"))
    }
    compiling -= {PACKAGE / "compiled.py"}
    assert len(compiling) > 6
    assert compiling <= hashed, "add it to compiled._SOURCES"
    for path in compiling:
        needed = {file for file in imported(path) if file in compiling or file.name == "randomness.py"}
        assert needed <= hashed


@pytest.fixture
def blocked(tmp_path, monkeypatch):
    """A home without a writable cache."""
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    monkeypatch.setenv("HOME", str(file))
    monkeypatch.setattr(folders.tempfile, "gettempdir", lambda: str(tmp_path))
    compiled._own_folder.cache_clear()
    yield tmp_path
    compiled._own_folder.cache_clear()


def test_a_read_only_home_is_no_obstacle(blocked):
    """Without a writable user cache the folder is a temporary one that nobody else can write to."""
    folder = compiled._own_folder()
    assert folder.is_relative_to(blocked)
    assert os.access(folder, os.W_OK)
    assert folder.stat().st_mode & 0o022 == 0


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions are those of POSIX")
def test_a_temporary_folder_that_others_may_write_to_is_not_used(blocked):
    """Compiled code is loaded and run: nobody else may have put it there."""
    folder = folders.temporary_cache() / "compiled"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert not folders.is_private(folder)
    assert not compiled._own_folder().is_relative_to(folder)


def test_another_package_keeps_its_own_place(monkeypatch):
    """Numba's setting is for the whole process; it is as before when we are done, even after a failure."""
    from numba import config

    before = config.CACHE_DIR

    def fail():
        with compiled.kept_here():
            assert str(compiled.compiled_folder()) == config.CACHE_DIR
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert before == config.CACHE_DIR


def test_it_is_said_once_for_each_kernel_that_it_takes_long(tmp_path, monkeypatch):
    """A study with agents needs a second kernel, for its world without programmes as a rule a first."""
    from referralsim.engine import fast, kernel_cache
    from referralsim.experiment.result import RunKey
    from referralsim.experiment.runner import _warm_up

    gallery = SCENARIOS / "gallery" / "airbnb_travel_credit.yaml"
    ready, said, warmed = plan_of(gallery, "fast", size=3000), [], []
    keys = [RunKey(name, r) for r in range(2) for name in ready.study.designs]
    monkeypatch.setattr(kernel_cache, "compiled_folder", lambda: tmp_path)
    monkeypatch.setattr(fast.FastEngine, "run", lambda self, inputs, seed: warmed.append(inputs))
    _warm_up(ready, keys, said.append)
    assert len(warmed) == len(said) == 2
    assert sum("whole grammar" in sentence for sentence in said) == 1
    _warm_up(ready, keys, said.append)
    assert len(warmed) == 4  # loaded in this process before others are made
    assert len(said) == 2
