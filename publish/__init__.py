"""From sites to signed-in families: build, release, store and gateway."""

__version__ = "0.1.0"
