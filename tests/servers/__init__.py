"""Real servers for the tests, from wheels: PostgreSQL, Valkey, SeaweedFS (S3). No root, no Docker, nothing left behind."""
