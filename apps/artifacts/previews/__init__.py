"""What people see of a file in the browser, made from bytes that nobody trusts.

`kinds` says by name what a file can be shown as. Texts, tables in text and notebooks are parsed in the web process, from a
bounded head of the file, by code that only ever makes text of them. Images, PDF and Parquet are decoded by `decoder`, a
program of its own with bounds on memory and time (`bounded`), started by a job.
"""
