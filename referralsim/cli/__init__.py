"""The command line: one command a file, loaded only when it is asked for."""

from __future__ import annotations

import importlib

import rich_click as click

COMMANDS = (
    "init",
    "import",
    "check",
    "run",
    "compare",
    "sweep",
    "sensitivity",
    "optimise",
    "report",
    "reproduce",
    "diff",
    "badge",
    "verify",
    "templates",
    "schema",
)

click.rich_click.MAX_WIDTH = 100
click.rich_click.SHOW_ARGUMENTS = True


class LazyGroup(click.RichGroup):
    """A group that imports a command's module when the command is used, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"referralsim.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="referralsim")
def cli() -> None:
    """Try out referral programmes before you spend a cent on one.

    Write a scenario, compare reward designs on a social graph, read the report.

    Example: referralsim compare scenarios/dropbox.yaml
    """


def main() -> None:
    """Run the command line, as commands installed by an earlier version do."""
    from referralsim.__main__ import main as start

    start()
