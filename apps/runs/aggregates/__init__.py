"""Curves of one metric over the runs of an experiment, as a whole or by the value of a param or tag.

``plan`` says which runs, groups and parts of the axis; ``compute`` reads points, run by run, in bounded memory;
``rows`` keeps what took long; ``answer`` decides between an answer at once and a job.
"""
