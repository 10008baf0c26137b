"""Commands of `preau` that stand in files of their own; `publish/cli.py` gathers them."""
