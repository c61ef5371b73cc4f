"""The runbooks of ``/domain federate`` and ``unfederate``, filled in with the tenant's own values.

Sources: Graph docs, "Create internalDomainFederation"; Entra docs, "Migrate from federation to cloud
authentication" and "Multiple domain support for federating with Microsoft Entra ID". That a configuration
without a certificate leaves the domain unmanageable is microsoftgraph/microsoft-graph-docs-contrib issue
1389; that an app alone may be refused is microsoftgraph/microsoft-graph-docs issue 19697.
"""

from commands.runbooks.federating import Sibling, federating
from commands.runbooks.model import Code, Note, Part, Runbook
from commands.runbooks.unfederating import Surroundings, unfederating

__all__ = ["Code", "Note", "Part", "Runbook", "Sibling", "Surroundings", "federating", "unfederating"]
