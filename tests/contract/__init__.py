"""One suite a port, over the stand-in and over the real thing."""
