"""Routes of files and uploads."""

from __future__ import annotations

from django.urls import path

import apps.common.addresses  # noqa: F401 - <key:...> and <text:...>
from apps.artifacts.api import uploads, views
from apps.experiments.api.urls import PROJECT

RUN = "runs/<str:run_id>"
UPLOAD = f"{RUN}/uploads/<str:upload_id>"

urlpatterns = [
    path(f"{PROJECT}/usage", views.ProjectUsage.as_view()),
    path(f"{PROJECT}/experiments/<key:experiment_id>/usage", views.ExperimentUsage.as_view()),
    path(f"{RUN}/usage", views.RunUsage.as_view()),
    path(f"{RUN}/artifacts", views.ArtifactList.as_view()),
    path(f"{RUN}/artifacts/<text:path>", views.ArtifactDetail.as_view()),
    path(f"{RUN}/artifact-info/<text:path>", views.ArtifactInfo.as_view()),
    path(f"{RUN}/artifact-batch", views.ArtifactBatch.as_view()),
    path(f"{RUN}/uploads", uploads.UploadList.as_view()),
    path(UPLOAD, uploads.UploadDetail.as_view()),
    path(f"{UPLOAD}/parts/<key:part_number>", uploads.UploadPart.as_view()),
    path(f"{UPLOAD}/part-addresses", uploads.UploadAddresses.as_view()),
    path(f"{UPLOAD}/complete", uploads.UploadCompletion.as_view()),
]
