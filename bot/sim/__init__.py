"""The simulated world: a Microsoft tenant and a Slack workspace that speak real HTTP on loopback.

The demo and the tests point the unchanged product at it by URL. ``relatch serve`` never imports it, and
each simulation logs a warning when it is constructed, because nothing it protects is real.
"""
