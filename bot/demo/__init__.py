"""The whole product in a simulated world: ``relatch demo``. ``serve`` never imports this."""
