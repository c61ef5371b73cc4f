"""From federated to managed, with everything that is needed to go back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from commands.domain_names import DomainName
from commands.federation_model import Configuration, Domain
from commands.runbooks.model import Code, Item, Note, Part, Runbook, quoted
from commands.runbooks.pieces import (
    AD_FS,
    BY_A_PERSON,
    CONNECT,
    LIFEBOAT,
    POWERSHELL,
    TRAP,
    TRUST,
    after,
    creating,
    to_managed,
)

NAMED: Final = 5
PASSWORDS: Final = (
    "Whoever has no password in Entra cannot sign in afterwards: turn on password hash synchronisation (or "
    "pass-through authentication) and let it finish first. Graph does not tell whether it has."
)
RULES: Final = (
    "Where AD FS asked for the second factor, people must be registered in Entra first, and the rules that "
    "AD FS had (networks, devices, client apps) must stand in Conditional Access."
)
NOTHING_HELD: Final = (
    "Graph holds no configuration of it, so there is none to go back to: once it is managed, "
    "`/domain federate` writes how it is federated anew."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else depends on it: the domains below, which follow, and the other federated roots."""

    below: tuple[DomainName, ...] = ()
    others: tuple[DomainName, ...] = ()


def unfederating(domain: Domain, held: Configuration | None, around: Surroundings) -> Runbook:
    """Return how *domain*, a federated root, is made managed; *held* is ``None`` if Graph has nothing."""
    name = domain.name
    return Runbook(
        domain=name,
        title=f"Make {domain.shown} managed",
        warnings=(PASSWORDS, _reach(domain, around)),
        parts=(
            Part("1. Before", _before(name, held)),
            Part("2. Entra", (Note(BY_A_PERSON), *to_managed(name, held.id if held else ""))),
            Part("3. AD FS", _trust(around)),
            Part("4. After", after(name, "Managed")),
            Part("The way back", _back(name, held) if held else (Note(NOTHING_HELD),)),
        ),
    )


def _reach(domain: Domain, around: Surroundings) -> str:
    whom = (
        f"{domain.shown} and of what is below it ({_named(around.below)})" if around.below else domain.shown
    )
    return f"It changes the sign-in of everybody in {whom} at once. Staged rollout lets groups go first."


def _named(names: tuple[DomainName, ...]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _before(name: DomainName, held: Configuration | None) -> tuple[Item, ...]:
    behavior = held.federated_idp_mfa_behavior if held else ""
    save = (
        f"{CONNECT}\n"
        f"Get-MgDomainFederationConfiguration -DomainId {quoted(name)} |\n"
        f"  ConvertTo-Json -Depth 5 | Set-Content {_saved(name)}"
    )
    keep = (
        f"$trust = Get-AdfsRelyingPartyTrust -Identifier {TRUST}\n"
        "$trust | Export-Clixml trust.xml\n"
        "$trust.IssuanceTransformRules | Set-Content rules.txt"
    )
    return (
        Note(LIFEBOAT),
        Note(f"federatedIdpMfaBehavior is {behavior or 'not set'} today. {RULES}"),
        Note("Write down what is there now, on both sides:"),
        Code(POWERSHELL, save),
        Code(AD_FS, keep),
    )


def _trust(around: Surroundings) -> tuple[Item, ...]:
    if around.others:
        others = _named(around.others)
        return (Note(f"Leave the relying party trust as it is: {others} may still sign in through it."),)
    return (
        Note("No other domain is federated. When nobody has signed in through it for some days:"),
        Code(AD_FS, f"Disable-AdfsRelyingPartyTrust -TargetIdentifier {TRUST}"),
    )


def _back(name: DomainName, held: Configuration) -> tuple[Item, ...]:
    shell, post = creating(
        name, held, f"(Get-Content {_saved(name)} -Raw | ConvertFrom-Json).SigningCertificate"
    )
    enable = f"Enable-AdfsRelyingPartyTrust -TargetIdentifier {TRUST}"
    return (
        Note(f"{TRAP} The values are today's; the certificate must be the one that AD FS then signs with."),
        Code(AD_FS, enable),
        shell,
        post,
    )


def _saved(name: DomainName) -> str:
    return quoted(f"{name}-federation.json")
