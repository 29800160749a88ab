"""What routes do: unpack a typed request, call one query or service, shape the answer. No rules of their own."""
