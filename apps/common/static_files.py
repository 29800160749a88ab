"""Static files under names that carry a hash of their content: browsers keep them for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports of ES modules too, which Django leaves alone unless asked."""

    support_js_module_import_aggregation = True
