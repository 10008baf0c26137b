"""Commented examples to begin from: what `preau new` writes."""
