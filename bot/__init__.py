"""The outside world and the wiring: everything with a socket, a file, a clock or an environment."""
