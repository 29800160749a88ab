"""Where models come from and what became of things: dataset, run, logged model, version and alias, both ways.

There is no table of edges: each is read from the rows that say so already (docs/adr/0021).
"""
