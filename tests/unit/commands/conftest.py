"""A registry over a core and a directory that remember what they were asked."""

from __future__ import annotations

import pytest

from commands.registry import Reads, Registry, registry
from tests.domains import KnownDomains
from tests.mailboxes import KnownMailboxes
from tests.unit.commands.stand_ins import Chat, Core, Directory, Stopped


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def domains() -> KnownDomains:
    return KnownDomains()


@pytest.fixture
def mailboxes() -> KnownMailboxes:
    return KnownMailboxes()


@pytest.fixture
def relatch(core: Core, directory: Directory, domains: KnownDomains, mailboxes: KnownMailboxes) -> Registry:
    return registry(core, directory, Stopped(), Reads(mailboxes=mailboxes, domains=domains))


@pytest.fixture
def chat(relatch: Registry) -> Chat:
    return Chat(relatch)
