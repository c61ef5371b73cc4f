"""What a later version wrote is refused, not guessed. (Round trips: ``tests/contract/store``.)"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.sql import codec
from bot.sql.tables import Json


@pytest.mark.parametrize("decode", [codec.action_of, codec.actor_of])
def test_a_kind_that_is_not_known_is_refused(decode: Callable[[Json], object]) -> None:
    with pytest.raises(ValueError, match="unknown kind: teapot"):
        decode({"is": "teapot"})
