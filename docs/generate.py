"""Write the pages that are made from the code, or check that they are up to date.

python docs/generate.py            write them
python docs/generate.py --check    exit 1 and name those that differ
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import rich_click as click

from referralsim.cli import COMMANDS, cli
from referralsim.files import write_or_check
from referralsim.measures import glossary_page
from referralsim.scenario.json_schema import docs_page, json_schema
from referralsim.scenario.load import load_study
from referralsim.scenario.resolve import dump

ROOT = Path(__file__).parent.parent
MADE = "<!-- Made by docs/generate.py: change the code, not this page. -->\n\n"


def cli_page() -> str:
    """Return the page of all commands, from their own help."""
    context = click.Context(cli, info_name="referralsim")
    parts = ["# Commands\n", MADE.strip() + "\n", f"{_text(cli.help)}\n"]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        inner = click.Context(command, parent=context, info_name=name)
        parts.append(f"## {name}\n\n{_text(command.help)}\n")
        usage = " ".join(["referralsim", name, *command.collect_usage_pieces(inner)])
        parts.append(f"```\n{usage}\n```\n")
        rows = [f"| `{', '.join(p.opts)}` | {p.help} |" for p in command.params if getattr(p, "help", None)]
        if rows:
            parts.append("| option | meaning |\n|---|---|\n" + "\n".join(rows) + "\n")
    parts.append(
        "## Exit codes\n\n0 fine · 1 a run or a check failed · 2 wrong use · 3 bad scenario · "
        "4 some replications failed · 99 a threshold is not met · 130 interrupted\n"
    )
    return "\n".join(parts)


def _text(docstring: str | None) -> str:
    lines = [line.strip() for line in (docstring or "").strip().splitlines()]
    return "\n".join(f"`{line[9:]}`" if line.startswith("Example: ") else line for line in lines)


def pages() -> Iterator[tuple[Path, str]]:
    """Give every generated file with its text."""
    yield ROOT / "docs/cli.md", cli_page()
    yield ROOT / "docs/scenario.md", MADE + docs_page()
    yield ROOT / "docs/glossary.md", MADE + glossary_page()
    yield ROOT / "docs/scenario.schema.json", json.dumps(json_schema(), indent=1, sort_keys=True) + "\n"
    for scenario in sorted((ROOT / "scenarios").glob("*.yaml")):
        if not scenario.name.endswith(".resolved.yaml"):
            yield scenario.with_suffix(".resolved.yaml"), dump(load_study(scenario))


def main() -> int:
    """Write or check."""
    return write_or_check(pages(), ROOT, "docs/generate.py", "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
