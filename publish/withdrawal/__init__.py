"""Withdraw: from the register to the last cache, in an order in which no step can be seen undone."""
