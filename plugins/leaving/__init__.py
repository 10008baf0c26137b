"""What may leave, and what never does."""
