"""The edge towards torch: one encoder, four heads, one pass."""
