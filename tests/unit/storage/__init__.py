"""What of storage needs no server."""
