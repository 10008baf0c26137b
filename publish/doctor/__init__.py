"""What `preau doctor` looks at besides the store: the public address, the providers, the files of this machine."""
