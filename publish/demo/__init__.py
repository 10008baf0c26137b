"""The demonstration: made-up people, an ENT for them, and the five sites behind it, on this machine alone."""
