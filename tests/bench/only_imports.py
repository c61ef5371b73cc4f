"""A process that imports what it is told to, and does nothing with it.

``python -m tests.bench.only_imports PACKAGE…`` says ``ready`` and waits until its standard input is closed.
"""

from __future__ import annotations

import sys
from importlib import import_module

if __name__ == "__main__":
    for name in sys.argv[1:]:
        import_module(name)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
