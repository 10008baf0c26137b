"""A centre as it would look, with what does not leave yet: for the person who writes, on their own machine alone."""
