"""The filter language: what users write after `filter=` and `order_by=`.

``grammar.lark`` is the language, ``parser`` turns text into the values of ``tree``, ``vocabulary`` says which
columns an entity has and checks types, ``unparse`` writes a tree back, ``lookups`` are the SQL of LIKE.
Nothing here knows a model: runs, experiments and registry compile a checked tree to their own queries.
"""
