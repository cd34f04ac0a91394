"""A graph that was built once is kept: under the user's cache folder, by what it was built from.

A file is found by a digest of the graph's and the strength's specification, the size, the seed, the
content of an edge list, the sources that build graphs and the versions of the libraries they use.
It holds the arrays as they lie in memory, so that processes map it and share its pages::

    magic · SHA-256 of all that follows · length of the header · header (JSON) · arrays, 64-byte aligned

A file that is damaged is built again. Without a safe, writable folder everything works, uncached.
``REFERRALSIM_NO_CACHE=1`` turns the cache off; ``REFERRALSIM_CACHE_MIB`` limits its size (2048).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import tempfile
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.errors import UsageError
from referralsim.folders import is_private, user_cache
from referralsim.population.build import build_graph, edge_list_file
from referralsim.population.graph import SocialGraph
from referralsim.scenario.schema import DEFAULT_PEOPLE, Population

FORMAT = 3
DEFAULT_LIMIT_MIB = 2048
_MAGIC = b"referralsim graph 3\n\0\0\0\0"
_START = len(_MAGIC) + 32 + 8
_ALIGN = 64
_ARRAYS = (("offsets", np.int32), ("neighbours", np.int32), ("strength", np.float32), ("block", np.int32))
_PLAIN = ("n_people", "directed", "kind", "weighted", "dropped_self_loops", "dropped_repeats")
_NOT_STORED = ("complete", "fresh_contacts")
_LIBRARIES = ("numpy", "scipy", "rustworkx")
_ABANDONED_AFTER_SECONDS = 3600.0


def cached_graph(
    population: Population, seed: int, base_dir: Path, graph_file: Path | None = None, use_cache: bool = True
) -> SocialGraph:
    """Return the graph of a scenario, from the cache if it was built before.

    Parameters
    ----------
    population, seed, base_dir, graph_file
        As for :func:`referralsim.population.build.build_graph`, which also says what is raised.
    use_cache : bool
        If not, the graph is built, and nothing is read or written.

    Returns
    -------
    SocialGraph
        The same, bit for bit, with and without the cache.

    Raises
    ------
    UsageError
        If ``REFERRALSIM_CACHE_MIB`` is no number.
    """
    if not use_cache or os.environ.get("REFERRALSIM_NO_CACHE", "0") not in {"", "0"}:
        return build_graph(population, seed, base_dir, graph_file)
    limit = limit_bytes()
    folder = graph_folder()
    key = None if folder is None else graph_key(population, seed, base_dir, graph_file)
    if folder is None or key is None:
        return build_graph(population, seed, base_dir, graph_file)
    file = folder / f"{key}.graph"
    found = load_graph(file)
    if found is not None:
        with contextlib.suppress(OSError):
            os.utime(file)
        return found
    graph = build_graph(population, seed, base_dir, graph_file)
    _keep(graph, file, limit)
    return graph


def graph_folder() -> Path | None:
    """Return the folder of the cache, or None if there is no safe and writable one."""
    folder = user_cache() / "graphs"
    return folder if is_private(folder) else None


def limit_bytes() -> int:
    """Return how large the cache may grow, in bytes.

    Raises
    ------
    UsageError
        If ``REFERRALSIM_CACHE_MIB`` is not a whole number of mebibytes.
    """
    text = os.environ.get("REFERRALSIM_CACHE_MIB", "") or str(DEFAULT_LIMIT_MIB)
    if not (text.isascii() and text.isdigit()):
        raise UsageError(
            "REFERRALSIM_CACHE_MIB", f"expected a whole number, got {text!r}", "give a size in mebibytes"
        )
    return int(text) << 20


@cache
def _makers() -> str:
    """Return a digest of all that decides which graph a specification gives."""
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\0".encode())
    package = Path(__file__).parent
    for source in ("build", "edgelist", "generators", "graph", "rows", "sampling", "strength"):
        digest.update((package / f"{source}.py").read_bytes() + b"\0")
    digest.update((package.parent / "randomness.py").read_bytes())
    return digest.hexdigest()


def graph_key(population: Population, seed: int, base_dir: Path, graph_file: Path | None) -> str | None:
    """Return the digest of everything that a graph depends on; None if there is nothing to keep.

    Raises
    ------
    PopulationError
        If the scenario names an edge list outside its folder.
    """
    spec = population.graph.model_dump(mode="json", exclude={"file"})
    file = edge_list_file(population.graph, base_dir, graph_file)
    content = None
    if file is not None:
        content = _content_digest(file)
        if content is None:
            return None
        spec = {"directed": spec["directed"]}
    elif population.graph.kind in _NOT_STORED:
        return None
    parts = {
        "format": FORMAT,
        "makers": _makers(),
        "graph": spec,
        "edge_list": content,
        "strength": population.strength.model_dump(mode="json"),
        "size": population.size or (None if file else DEFAULT_PEOPLE),
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _content_digest(file: Path) -> str | None:
    """Return the SHA-256 of a file; None if it is not an ordinary one that can be read."""
    try:
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            return f"{file.suffix == '.gz'} {hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except (OSError, ValueError):
        return None


def save_graph(graph: SocialGraph, file: Path) -> None:
    """Write a graph to a file of the user's own, whole or not at all.

    Ids of people are kept if all of them are text, as those of an edge list are.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    handle, partial = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "w+b") as stream:
            stream.write(bytes(_START - 8))
            digest = hashlib.sha256()
            for part in _parts(graph):
                digest.update(part)
                stream.write(part)
            stream.seek(0)
            stream.write(_MAGIC + digest.digest())
        os.replace(partial, file)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _parts(graph: SocialGraph) -> list[Any]:
    """Return what follows the checksum: the header and the arrays, each padded to alignment."""
    labels = graph.labels
    arrays: dict[str, npt.NDArray[Any]] = {
        name: getattr(graph, name) for name, _ in _ARRAYS if getattr(graph, name) is not None
    }
    if labels is not None and all(isinstance(label, str) and "\0" not in label for label in labels):
        arrays["labels"] = np.frombuffer("\0".join(map(str, labels)).encode(), np.uint8)
    header = {name: getattr(graph, name) for name in _PLAIN}
    header["strength_dtype"] = graph.strength.dtype.str
    header["sizes"] = {name: array.size for name, array in arrays.items()}
    text = json.dumps(header).encode()
    text += b" " * (-(_START + len(text)) % _ALIGN)
    parts: list[Any] = [len(text).to_bytes(8, "little"), text]
    for array in arrays.values():
        parts += [np.ascontiguousarray(array).view(np.uint8).data, bytes(-array.nbytes % _ALIGN)]
    return parts


def load_graph(file: Path) -> SocialGraph | None:
    """Map a graph's file into memory, read-only; None if there is none, or it is damaged."""
    try:
        with file.open("rb") as stream:
            content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    checked = len(_MAGIC) + 32
    with memoryview(content) as view:
        if view[: len(_MAGIC)] != _MAGIC:
            return None
        if hashlib.sha256(view[checked:]).digest() != bytes(view[len(_MAGIC) : checked]):
            return None
    return _mapped(content)


def _mapped(content: mmap.mmap) -> SocialGraph:
    length = int.from_bytes(content[_START - 8 : _START], "little")
    header = json.loads(content[_START : _START + length])
    place = _START + length
    found: dict[str, Any] = {}
    dtypes: dict[str, Any] = {**dict(_ARRAYS), "labels": np.uint8}
    dtypes["strength"] = np.dtype(header.pop("strength_dtype"))
    for name, size in header.pop("sizes").items():
        array = np.frombuffer(content, dtypes[name], size, place)
        place += array.nbytes + (-array.nbytes % _ALIGN)
        found[name] = array
    if "labels" in found:
        found["labels"] = tuple(found["labels"].tobytes().decode().split("\0"))
    return SocialGraph(**header, **found)


def _keep(graph: SocialGraph, file: Path, limit: int) -> None:
    """Store a graph if there is room for it; a cache that cannot be written is no failure."""
    size = sum(array.nbytes for array in (graph.offsets, graph.neighbours, graph.strength))
    if size > limit:
        return
    with contextlib.suppress(OSError):
        save_graph(graph, file)
        make_room(file.parent, limit)


def make_room(folder: Path, limit: int) -> None:
    """Remove the graphs that have not been used for longest, until the rest keep the limit.

    Parameters
    ----------
    folder : Path
    limit : int
        In bytes. What an interrupted writer left behind an hour ago or more goes too.
    """
    kept: list[tuple[int, int, Path]] = []
    for file in folder.iterdir():
        with contextlib.suppress(OSError):
            found = file.stat()
            if file.suffix == ".graph":
                kept.append((found.st_mtime_ns, found.st_size, file))
            elif file.suffix == ".partial" and time.time() - found.st_mtime > _ABANDONED_AFTER_SECONDS:
                file.unlink()
    total = sum(size for _, size, _ in kept)
    for _, size, file in sorted(kept):
        if total <= limit:
            break
        with contextlib.suppress(OSError):
            file.unlink()
            total -= size
