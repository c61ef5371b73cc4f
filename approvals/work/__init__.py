"""What is done when a work item falls due: one function a kind, each safe to repeat.

A function gets a claimed ``Work``. It looks under the lock whether the claim still holds,
calls outside without any lock, and settles in one transaction. What it raises is tried
again by the runner.
"""
