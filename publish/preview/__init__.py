"""`preau preview`: one centre as it would look, on this machine alone, again at each save."""
