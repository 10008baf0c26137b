"""Reminders: which are in force, and in what order."""
