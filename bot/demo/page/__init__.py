"""The simulated workspace in a browser, with the tenant and the record beside it.

``site`` is what listens and whom it lets in; ``hands`` does what a person does there; ``eyes`` renders what
a person sees, through ``markup`` and the templates; ``stream`` sends it again as it changes; ``ledger``
reads the record as it grows and knows what falls due. Nothing here knows a command by name: what can be
typed comes from the registry's table.
"""
