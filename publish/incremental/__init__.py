"""Build what changed, and nothing else: what sites were made of, what stands there, and whether both are as before."""
