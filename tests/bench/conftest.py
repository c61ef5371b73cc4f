from __future__ import annotations

from tests.unit.bot.federation.conftest import found

__all__ = ["found"]
