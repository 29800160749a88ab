"""Files over HTTP, in whatever protocol: bodies in, downloads out, a piece at a time."""
