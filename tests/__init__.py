"""Tests mirror the modules that they test: tests/<package>/test_<module>.py."""
