"""Programmes: headings and labels read into days, slots, groups and activities, then a grid and a calendar."""
