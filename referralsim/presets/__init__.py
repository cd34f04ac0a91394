"""Presets as text: numbers that somebody published, each with its source, its range and how sure it is.

One YAML file a group. `referralsim.scenario.presets` reads them and puts them under a scenario's own values;
nothing here is computed. A preset has

- ``title`` and ``about``: what it stands for, and what to beware of;
- ``numbers``: path in a scenario -> ``value``, ``range`` (low, high), ``range_is`` (where the range comes
  from), ``grade``, ``source`` and perhaps a ``note``; ``*`` in a path stands for every name or row there is;
- ``reported``: what the source found that no number of a scenario can hold, to be tested rather than set.

Grades: P seen in the paper or its abstract, S in a secondary source, C computed from a closed form, D derived
here from reported figures, assumed where nobody has published a number.
"""

from __future__ import annotations

from importlib.resources import files

GROUPS = ("industries", "channels", "findings")


def group_text(group: str) -> str:
    """Return the text of a group of presets.

    Parameters
    ----------
    group : str
        One of ``GROUPS``.
    """
    return files(__package__).joinpath(f"{group}.yaml").read_text(encoding="utf-8")
