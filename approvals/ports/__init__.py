"""What the core needs from outside. Adapters in ``bot`` satisfy these structurally.

Every method of ``Directory``, ``Target`` and ``Tell`` raises ``Later`` or ``Never`` (``Gone``
for what does not exist) and nothing else on purpose. Nothing here may be called inside a
``Store`` transaction.
"""

from approvals.ports.chat import Screen, Tell
from approvals.ports.entra import Passes, Registrar, Seen, Target, Whereabouts
from approvals.ports.people import Directory, Standing, SubjectFacts
from approvals.ports.process import Clock, Observer
from approvals.ports.store import Query, Sent, Store, Transaction

__all__ = [
    "Clock",
    "Directory",
    "Observer",
    "Passes",
    "Query",
    "Registrar",
    "Screen",
    "Seen",
    "Sent",
    "Standing",
    "Store",
    "SubjectFacts",
    "Target",
    "Tell",
    "Transaction",
    "Whereabouts",
]
