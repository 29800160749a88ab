"""Search of runs: a filter and an ordering in users' words, compiled to queries that indexes answer.

``vocabulary`` is what may be asked, ``conditions`` compiles a checked filter, ``ordering`` splits an ordering into
phases that each read an index in order, ``documents`` gives whole runs, ``query`` puts them together.
"""
