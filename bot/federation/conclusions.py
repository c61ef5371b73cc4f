"""What follows once every step of a check is in."""

from __future__ import annotations

from dataclasses import dataclass

from bot.federation.board import Conclusions
from bot.federation.compare import Sides, compare
from bot.federation.fetch import https_url
from bot.federation.health import Moment, certificate_findings, domain_findings, realm_findings
from bot.federation.metadata import Metadata
from bot.federation.mex import Mex
from bot.federation.products import Product, mex_url
from commands.federation_model import DomainView, Federated, Held


@dataclass(slots=True)
class Learned:
    """What the federation service showed; ``None`` for what could not be read."""

    product: Product = Product.OTHER
    metadata: Metadata | None = None
    mex: Mex | None = None


def conclude(view: DomainView, moment: Moment, learned: Learned) -> Conclusions:
    """Compare both sides as far as they are known, and judge the certificates with the metadata at hand."""
    sign_in = view.sign_in
    known = (*domain_findings(view.domain, sign_in), *realm_findings(view.domain, sign_in, view.realm))
    if not isinstance(sign_in, Federated):
        return Conclusions(health=known)
    service = _service(learned.metadata)
    return Conclusions(
        compared=compare(_sides(sign_in, learned)),
        health=(*known, *certificate_findings(sign_in.certificates, service, moment)),
        certificates=service or (),
    )


def _service(metadata: Metadata | None) -> tuple[Held, ...] | None:
    return None if metadata is None else tuple(Held("metadata", one) for one in metadata.signing)


def _sides(sign_in: Federated, learned: Learned) -> Sides:
    return Sides(
        source=sign_in.source,
        entra=sign_in.configuration,
        product=learned.product,
        metadata=learned.metadata,
        mex=learned.mex,
        mex_address=_mex_address(learned),
    )


def _mex_address(learned: Learned) -> str:
    """Return where AD FS would have its mex: beside the sign-in page that its metadata names."""
    if learned.metadata is None or learned.product is not Product.AD_FS:
        return ""
    urls = (https_url(text) for text in (*learned.metadata.passive, *learned.metadata.sign_on))
    service = next((url for url in urls if url is not None), None)
    return str(mex_url(service)) if service else ""
