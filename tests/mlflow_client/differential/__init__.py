"""The same raw requests to MLflow and to Runfold, and what each answers."""
