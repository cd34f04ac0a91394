"""Starter scenarios that come with the package: to be copied, or extended by name."""

from __future__ import annotations

from importlib.resources import files

from referralsim.errors import UsageError

_DESCRIPTIONS = {
    "starter": "a customer referral programme, small, runs in seconds",
    "saas": "a subscription product that teams share: seats invite seats, and a referral credit",
    "marketplace": "occasional purchases: a reward for the friend's first order, with word of mouth",
}


def template_names() -> tuple[str, ...]:
    """Return the names of the templates.

    Examples
    --------
    >>> template_names()
    ('starter', 'saas', 'marketplace')
    """
    return tuple(_DESCRIPTIONS)


def template_summary(name: str) -> str:
    """Return one line that says what a template is for.

    Raises
    ------
    UsageError
        If there is no template of this name.
    """
    _known(name)
    return _DESCRIPTIONS[name]


def template_text(name: str) -> str:
    """Return the text of a template, comments and all.

    Raises
    ------
    UsageError
        If there is no template of this name.
    """
    _known(name)
    return files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def _known(name: str) -> None:
    if name not in _DESCRIPTIONS:
        raise UsageError(f"template {name!r}", "is unknown", f"there are {', '.join(_DESCRIPTIONS)}")
