"""What is asked, who may allow it, and when it ends: pure Python, no I/O.

Start with ``model`` (the words), then ``machine`` (the life of a request), then
``service`` (the use cases) and ``work`` (what is done when something falls due).
"""
