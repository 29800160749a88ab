#!/bin/sh
# Two roles: the owner migrates, the app is bound by row-level security and cannot change the schema.
# Run once as superuser, by the image at its first start or by hand: see docs/deploying.md.
set -eu
: "${RUNFOLD_OWNER_PASSWORD:?}" "${RUNFOLD_APP_PASSWORD:?}"

# psql takes what follows `:` from here, quoted: a password may hold anything.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "${1:-postgres}" \
  --set owner_password="$RUNFOLD_OWNER_PASSWORD" --set app_password="$RUNFOLD_APP_PASSWORD" <<'SQL'
CREATE ROLE runfold_owner LOGIN PASSWORD :'owner_password' NOSUPERUSER NOBYPASSRLS;
CREATE ROLE runfold LOGIN PASSWORD :'app_password' NOSUPERUSER NOBYPASSRLS;
CREATE DATABASE runfold OWNER runfold_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE runfold FROM PUBLIC;
GRANT CONNECT ON DATABASE runfold TO runfold;
\connect runfold
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO runfold_owner;
GRANT USAGE ON SCHEMA public TO runfold;
ALTER DEFAULT PRIVILEGES FOR ROLE runfold_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO runfold;
ALTER DEFAULT PRIVILEGES FOR ROLE runfold_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO runfold;
SQL
