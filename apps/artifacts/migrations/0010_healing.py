"""Damaged blobs are found by their content; small files that heal others leave PostgreSQL's short way."""

from __future__ import annotations

from django.db import migrations, models

from apps.common.postgresql import OnPostgreSQL

_CREATE = """
CREATE OR REPLACE FUNCTION artifacts_put_inline(
    in_project bigint, in_team bigint, in_epoch bigint, in_run uuid, in_number bigint, in_folder text, in_name text,
    in_blob uuid, in_sha256 text, in_content bytea, in_media_type text, in_user bigint, in_now timestamptz
) RETURNS TABLE (new_id bigint, experiment bigint, kept uuid)
LANGUAGE plpgsql AS $$
DECLARE
    size bigint := length(in_content);
    stored bigint := 0;
    segments text[] := string_to_array(in_folder, '/');
BEGIN
    SELECT r.experiment_id INTO experiment
        FROM runs_run r JOIN experiments_experiment e ON e.id = r.experiment_id
        WHERE r.id = in_run AND r.project_id = in_project AND r.lifecycle = 'active'
        AND e.number = COALESCE(in_number, e.number)
        AND EXISTS (SELECT 1 FROM teams_team t WHERE t.id = in_team AND t.access_epoch = in_epoch);
    IF NOT FOUND
        OR EXISTS (SELECT 1 FROM artifacts_artifact a WHERE a.project_id = in_project AND a.owner_id = in_run
            AND a.folder = in_folder AND a.name = in_name)
        OR EXISTS (SELECT 1 FROM artifacts_folder f WHERE f.project_id = in_project AND f.owner_id = in_run
            AND f.parent = in_folder AND f.name = in_name)
        OR NOT EXISTS (SELECT 1 FROM artifacts_folder f WHERE f.project_id = in_project AND f.owner_id = in_run
            AND f.parent = array_to_string(segments[1:cardinality(segments) - 1], '/')
            AND f.name = COALESCE(segments[cardinality(segments)], ''))
{probe}    THEN
        RETURN;
    END IF;
    SELECT b.id INTO kept FROM artifacts_blob b
        WHERE b.project_id = in_project AND b.sha256 = in_sha256 AND b.state = 'stored';
    IF NOT FOUND THEN
        INSERT INTO artifacts_blob (id, project_id, state, sha256, size_bytes, content, created_at)
            VALUES (in_blob, in_project, 'stored', in_sha256, size, in_content, in_now);
        kept := in_blob;
        stored := size;
    END IF;
    INSERT INTO artifacts_artifact (project_id, experiment_id, owner_kind, owner_id, folder, name, blob_id, size_bytes,
            media_type, uploaded_by_id, created_at)
        VALUES (in_project, experiment, 'run', in_run, in_folder, in_name, kept, size, in_media_type, in_user,
            in_now)
        RETURNING id INTO new_id;
    FOR depth IN 0..cardinality(segments) LOOP
        UPDATE artifacts_folder f SET file_count = f.file_count + 1, size_bytes = f.size_bytes + size
            WHERE f.project_id = in_project AND f.owner_id = in_run
            AND f.parent = array_to_string(segments[1:depth - 1], '/') AND f.name = COALESCE(segments[depth], '');
    END LOOP;
    INSERT INTO artifacts_projectusage AS u (project_id, file_count, file_bytes, stored_bytes)
        VALUES (in_project, 1, size, stored)
        ON CONFLICT (project_id) DO UPDATE SET file_count = u.file_count + 1, file_bytes = u.file_bytes + size,
            stored_bytes = u.stored_bytes + stored;
    INSERT INTO artifacts_teamusage AS u (team_id, file_count, file_bytes, stored_bytes)
        VALUES (in_team, 1, size, stored)
        ON CONFLICT (team_id) DO UPDATE SET file_count = u.file_count + 1, file_bytes = u.file_bytes + size,
            stored_bytes = u.stored_bytes + stored;
    RETURN NEXT;
END
$$
"""
# Files that have damaged bytes of this content are healed by the long way: apps/artifacts/services/healing.py.
_PROBE = """        OR EXISTS (SELECT 1 FROM artifacts_blob b WHERE b.project_id = in_project AND b.sha256 = in_sha256
            AND b.state = 'damaged')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("artifacts", "0009_damaged_blobs"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="blob",
            name="artifacts_blob_damaged",
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(
                condition=models.Q(("state", "damaged")), fields=["project", "sha256"], name="artifacts_blob_damaged"
            ),
        ),
        OnPostgreSQL(_CREATE.format(probe=_PROBE), _CREATE.format(probe="")),
    ]
