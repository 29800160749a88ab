"""Search of runs: a filter and an ordering in users' words, compiled to queries that indexes answer.

``vocabulary`` is what may be asked, ``conditions`` compiles a checked filter, ``ordering`` splits an ordering into
phases that each read an index in order, ``narrowing`` looks for few candidates first, ``paging`` reads a page,
``documents`` gives what is logged to runs, ``query`` puts them together.
"""
