"""The metric engine: points go in as blocks, are folded into summaries and sealed into segments.

``points``, ``codec``, ``merge``, ``fold``, ``downsample``, ``outline`` and ``wire`` are pure: arrays in, arrays out.
``ingest`` writes blocks, ``digest`` folds and seals them, ``reads`` answers exactly at any moment.
"""
