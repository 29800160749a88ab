"""What a folder of files in MLflow's model format says of itself, and what loading it would run.

`contents` says which files are looked at. `reader` is a program of its own, with bounds on memory and time, that parses them
(`bounded` runs it and believes nothing). `safety` comes to a verdict. Nothing is unpickled, imported or executed.
"""
