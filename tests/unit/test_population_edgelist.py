"""Edge lists as the world writes them, and as it breaks them."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from referralsim.population import edgelist
from referralsim.population.edgelist import read_edge_list
from referralsim.population.errors import PopulationError
from referralsim.population.graph import SocialGraph, sources_of

FACEBOOK = Path(__file__).parents[3] / "shared" / "data" / "facebook_combined.txt.gz"


def write(folder: Path, content: str | bytes, name: str = "ties.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ties(graph: SocialGraph) -> set[tuple[object, object]]:
    assert graph.labels is not None
    rows = zip(sources_of(graph).tolist(), graph.neighbours.tolist(), strict=True)
    return {(graph.labels[a], graph.labels[b]) for a, b in rows if graph.directed or a < b}


@pytest.mark.parametrize(
    "content",
    [
        "1 2\n2 10\n",
        "1\t2\n2\t10",
        "1,2\n2,10\n",
        "1;2\r\n2;10\r\n",
        "# made by hand\n% twice\n\n  1   2 \n2 10\n",
        "source,target\n1,2\n2,10\n",
        "who knows\n1 2\n2 10\n",
        "\ufeff1 2\n2 10\n",
        "\ufefffrom\tto\n1\t2\n2\t10\n",
        "10 2\n1 2\n2 1\n2 2\n",
        '"1","2"\n"2", "10"\n',
        "1 2 7\n2 10 9\n",
        "a,b,weight\n1,2,3\n2,10,4\n",
    ],
)
def test_every_way_to_write_the_same_ties_is_read_alike(tmp_path: Path, content: str) -> None:
    for path in (write(tmp_path, content), write(tmp_path, gzip.compress(content.encode()), "ties.gz")):
        graph = read_edge_list(path)
        assert graph.labels == ("1", "2", "10")
        assert ties(graph) == {("1", "2"), ("2", "10")}


def test_ids_that_are_not_all_numbers_are_ordered_as_text(tmp_path: Path) -> None:
    graph = read_edge_list(write(tmp_path, 'ann,10\n10,9\n"Smith, Bo",ann\nZoë,9\n'))
    assert graph.labels == ("10", "9", "Smith, Bo", "Zoë", "ann")


def test_two_names_are_people_and_not_a_header(tmp_path: Path) -> None:
    assert read_edge_list(write(tmp_path, "ann bo\nbo cy\n")).labels == ("ann", "bo", "cy")
    assert read_edge_list(write(tmp_path, "a b\nb c\n")).labels == ("a", "b", "c")


def test_the_order_of_lines_does_not_matter(tmp_path: Path) -> None:
    lines = [f"{a} {a * 7 % 50}" for a in range(50)]
    forward = read_edge_list(write(tmp_path, "\n".join(lines)))
    backward = read_edge_list(write(tmp_path, "\n".join(reversed(lines))))
    assert forward.digest() == backward.digest()


def test_loops_and_repeats_are_dropped_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path, "1 1\n1 2\n2 1\n1 2\n3 3\n")
    graph = read_edge_list(path)
    assert (graph.dropped_self_loops, graph.dropped_repeats) == (2, 2)
    assert graph.n_people == 3
    assert read_edge_list(path, directed=True).dropped_repeats == 1


def test_a_directed_line_goes_one_way(tmp_path: Path) -> None:
    graph = read_edge_list(write(tmp_path, "1 2\n3 1\n"), directed=True)
    assert ties(graph) == {("1", "2"), ("3", "1")}


def test_weights_are_the_third_column(tmp_path: Path) -> None:
    graph = read_edge_list(write(tmp_path, "from,to,strength\n1,2,0.25\n2,3,1\n"), use_weights=True)
    assert graph.weighted
    assert graph.strength.tolist() == [0.25, 0.25, 1.0, 1.0]


def test_people_are_added_up_to_the_size(tmp_path: Path) -> None:
    path = write(tmp_path, "1 2\n")
    assert read_edge_list(path, n_people=5).summary().n_isolated == 3
    with pytest.raises(PopulationError, match="the file has 2 people, and the population's size is 1"):
        read_edge_list(path, n_people=1)


BAD: dict[str, tuple[str | bytes, str]] = {
    "one column": ("1 2\n3\n", "ties.txt:2: expected 2 columns as in the first line, got 1"),
    "four columns": ("1 2 3 4\n", "ties.txt:1: expected 2 or 3 columns, got 4"),
    "mixed": ("# c\n1,2\n3 4\n", "ties.txt:3: expected 2 columns as in the first line, got 1"),
    "empty id": ("1,2\n3,\n", "ties.txt:2: an id is empty"),
    "empty first id": ("1,2\n,3\n", "ties.txt:2: an id is empty"),
    "empty": ("", "ties.txt: the file holds no ties"),
    "comments": ("# nothing\n\n", "ties.txt: the file holds no ties"),
    "header only": ("source target\n", "ties.txt: the file holds no ties"),
    "latin-1": (b"1 2\n\xe9 3\n", "ties.txt:2: the line is not UTF-8 text"),
    "utf-16": ("1 2\n".encode("utf-16"), "ties.txt:1: the line is not UTF-8 text"),
    "open quote": ('1,2\n"3,4\n', "ties.txt:2: the quotes do not match"),
    "long id": ("1 2\n" + "x" * 300 + " 2\n", "ties.txt:2: not an id: 'xxx"),
    "zero byte": (b"1 2\na\0b 2\n", "ties.txt:2: not an id: 'a\\x00b'"),
    "long line": ("1 2\n" + "x" * 20_000, "ties.txt:2: the line is longer than 10000 bytes"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_at_the_line(tmp_path: Path, name: str) -> None:
    content, words = BAD[name]
    with pytest.raises(PopulationError) as caught:
        read_edge_list(write(tmp_path, content))
    assert words in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1 2 0.5\n2 3 1.5\n", "ties.txt:2: expected a weight from 0 to 1, got '1.5'"),
        ("1 2 0.5\n2 3 nan\n", "ties.txt:2: expected a weight from 0 to 1, got 'nan'"),
        ("1 2 0.5\n2 3 -0.1\n", "ties.txt:2: expected a weight from 0 to 1, got '-0.1'"),
        ("1 2 0.5\n2 3 strong\n", "ties.txt:2: expected a weight from 0 to 1, got 'strong'"),
        ("1 2\n", "ties.txt:1: there is no third column"),
    ],
)
def test_bad_weights_are_refused_at_the_line(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(PopulationError) as caught:
        read_edge_list(write(tmp_path, content), use_weights=True)
    assert words in str(caught.value)


def test_damaged_and_pretended_gzip_files_are_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"1 2\n" * 1000)
    broken = packed[:12] + bytes([packed[12] ^ 255]) + packed[13:]
    for content in (packed[:-9], broken):
        with pytest.raises(PopulationError, match="the file is damaged"):
            read_edge_list(write(tmp_path, content, "t.gz"))
    with pytest.raises(PopulationError, match="is not a gzip file"):
        read_edge_list(write(tmp_path, "1 2\n", "t.gz"))


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PopulationError, match="cannot be read: No such file"):
        read_edge_list(tmp_path / "none.txt")
    with pytest.raises(PopulationError, match="is a folder"):
        read_edge_list(tmp_path)
    with pytest.raises(PopulationError, match="is not an ordinary file"):
        read_edge_list(Path("/dev/null"))


def test_more_people_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edgelist, "MAX_PEOPLE", 2)
    with pytest.raises(PopulationError, match=r"ties\.txt:2: more than 2 people"):
        read_edge_list(write(tmp_path, "1 2\n2 3\n"))
    monkeypatch.setattr(edgelist, "MAX_TIES", 1)
    with pytest.raises(PopulationError, match=r"ties\.txt:2: more than 1 ties"):
        read_edge_list(write(tmp_path, "1 2\n2 1\n"))


def test_three_hundred_thousand_lines_are_read_in_seconds(tmp_path: Path) -> None:
    pairs = np.random.Generator(np.random.PCG64(1)).integers(100_000, size=(300_000, 2))
    path = write(tmp_path, "\n".join(f"{a} {b}" for a, b in pairs.tolist()))
    started = time.process_time()
    graph = read_edge_list(path)
    assert time.process_time() - started < 6.0
    assert graph.n_directed_ties // 2 + graph.dropped_repeats + graph.dropped_self_loops == 300_000


@pytest.mark.skipif(not FACEBOOK.exists(), reason="the Facebook graph is not beside the project")
def test_the_facebook_graph_is_read_whole() -> None:
    summary = read_edge_list(FACEBOOK).summary()
    assert (summary.n_people, summary.n_ties, summary.max_degree) == (4039, 88234, 1045)
    assert summary.dropped_repeats == summary.dropped_self_loops == summary.n_isolated == 0
