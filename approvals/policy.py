"""Who may ask and decide, and for how long. Pure, over facts that were gathered before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no: its key in the policy where it has one, why, and what to do next."""

    rule: str
    why: str
    what_to_do: str
