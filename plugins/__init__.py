"""Meaning and safety: what the staff write, read into a centre's site by pure modules and a few Pelican edges."""
