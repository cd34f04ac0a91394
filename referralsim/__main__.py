"""``python -m referralsim``, and what the installed command runs."""

import os
import signal
import sys
from typing import Any

INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C ends it with 130 from the first moment.

    While the command line itself is loaded there is nobody yet to catch a ``KeyboardInterrupt``, and an
    import that one falls into may make another error of it. So nothing is raised until then. Where Ctrl-C
    is ignored, as in the background of a shell, it stays so.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from referralsim.cli import cli
    from referralsim.cli.failing import run_safely

    try:
        signal.signal(signal.SIGINT, before)
        code = run_safely(cli)
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _leave(*_: Any) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
