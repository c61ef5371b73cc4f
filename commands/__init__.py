"""What people type and press: text in, meaning out. No Slack words, no Graph words.

Start with ``registry``, the one table of everything that can be typed.
"""
