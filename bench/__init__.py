"""Runfold beside MLflow's own server: the same requests, in turns."""
