"""``python -m referralsim``."""

from referralsim.cli import main

main()
