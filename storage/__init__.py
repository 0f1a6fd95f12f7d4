"""The edge towards PostgreSQL, and its stand-in without a server."""
