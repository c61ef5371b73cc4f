"""Slack's tokens: told apart by how they begin, and never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, SecretStr

from bot.config.faults import unfit


def _token(beginning: str) -> Callable[[str], str]:
    expected = f"a token that begins with {beginning}"

    def read(text: str) -> str:
        if not text.startswith(beginning):
            raise unfit(expected, "a value that begins otherwise")
        # It becomes a header's value: what is not plain would fail there, with the token in the message.
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise unfit(expected, "signs that no token has")
        return text

    return read


BotToken: TypeAlias = Annotated[SecretStr, BeforeValidator(_token("xoxb-"))]
AppToken: TypeAlias = Annotated[SecretStr, BeforeValidator(_token("xapp-"))]
