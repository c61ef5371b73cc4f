"""How the pages become a site: ``make docs``. Warnings are errors, and nothing is fetched from anywhere.

The reference is made from the code at each build, by the directive ``relatch-table``: a table that
somebody has to remember to bring up to date is wrong one day.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).parent))

from reference_tables import TABLES

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Relatch"
release = version = installed("relatch")
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
nitpicky = True
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Relatch"
html_show_copyright = False
html_show_sphinx = False


class RelatchTable(SphinxDirective):
    """Puts one of ``reference_tables.TABLES`` in its place."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Parse the table's Markdown where the directive stands."""
        lines = TABLES[self.arguments[0]]().splitlines()
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, source="the code"), self.content_offset, holder)
        return holder.children


def setup(app: Sphinx) -> None:
    """Make the directive known."""
    app.add_directive("relatch-table", RelatchTable)
