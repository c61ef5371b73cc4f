"""Slack: what comes in through one door, and what people are told.

Start with ``door`` (which deliveries count), then ``payloads`` (what they mean), ``listener`` (who
answers) and ``render`` (what an answer looks like).
"""
