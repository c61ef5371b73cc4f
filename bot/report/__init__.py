"""The tenant's picture: everybody's MFA, read page by page, counted on disk, told in numbers.

``survey`` reads Graph, ``scratch`` joins and counts, ``model`` is what is told, ``drawing`` has ``chart``
draw it in a process of its own: nothing else imports matplotlib, which is large.
"""
