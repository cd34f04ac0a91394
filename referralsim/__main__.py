"""``python -m referralsim``."""

from referralsim.cli import main

if __name__ == "__main__":
    main()
