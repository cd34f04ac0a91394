"""Errors on the command line: a message on stderr and an exit code, never a traceback.

0 fine · 1 a run or a check failed · 2 wrong use · 3 bad scenario · 4 some replications failed ·
99 a threshold is not met · 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys

import rich_click as click
from click.exceptions import Exit

from referralsim.errors import ReferralsimError
from referralsim.files import reason

INTERRUPTED = 130


def run_safely(command: click.Command) -> int:
    """Run a command and return its exit code."""
    try:
        command(standalone_mode=False)
    except Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("Stopped. No results were written.", file=sys.stderr)
        return INTERRUPTED
    except ReferralsimError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        _let_go_of_output()
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{where}{reason(error)}", file=sys.stderr)
        _let_go_of_output()
        return 1
    return 0


def _let_go_of_output() -> None:
    """Let go of what standard output did not take: at its end the interpreter would try again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
