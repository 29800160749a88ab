"""The storage and trash pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from apps.common.clock import now
from apps.jobs.models import Job
from apps.projects.tenancy import bound
from apps.retention.queries.rules import Rules, project_rules
from apps.runs.models import Run, RunStatus
from apps.runs.services import delete_experiment, delete_run, update_run
from tests.budgets import Budget
from tests.factories.artifacts import make_artifact
from tests.factories.cast import Cast
from tests.factories.runs import make_experiment, make_run

TRASH = "/acme/vision/trash"
STORAGE = "/acme/vision/storage"
RULES = {"trash_days": "30", "keep_days": "1", "keep_best_direction": "highest"}


def page(cast: Cast, path: str = TRASH) -> str:
    answer = cast.owner.browser().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def trashed(cast: Cast, name: str = "gone", *, content: bytes = b"x" * 2_000) -> Run:
    access = cast.owner.access()
    run = make_run(access, name=name)
    make_artifact(access, run.pk, "model.bin", content)
    delete_run(access, run_id=run.pk)
    return run


@pytest.mark.parametrize("path", [TRASH, STORAGE])
def test_the_team_sees_it_and_strangers_see_nothing(cast: Cast, path: str) -> None:
    assert cast.viewer.browser().get(path).status_code == 200
    assert cast.stranger.browser().get(path).status_code == 404
    assert cast.anonymous.get(path)["Location"].startswith("/accounts/sign-in")


def test_empty_pages_say_what_will_be_there(cast: Cast) -> None:
    assert "The trash is empty" in page(cast)
    assert "No files yet" in page(cast, STORAGE)


def test_the_trash_says_what_would_be_freed_and_when_it_goes(cast: Cast) -> None:
    trashed(cast)
    text = page(cast)
    assert "emptying frees 2 KB of files" in text
    assert "Remove gone for good? This frees 2 KB" in text
    assert '<td class="num">30</td>' in text
    with time_machine.travel(now() + timedelta(days=29, hours=1)):
        assert '<td class="num">1</td>' in page(cast)


def test_bytes_that_living_files_share_are_not_freed(cast: Cast) -> None:
    trashed(cast, "one")
    trashed(cast, "two")
    text = page(cast)
    assert "emptying frees 2 KB of files" in text
    assert "Remove one for good? This frees 0 B" in text
    access = cast.owner.access()
    make_artifact(access, make_run(access, name="living").pk, "same.bin", b"x" * 2_000)
    assert "emptying frees 0 B of files" in page(cast)


def test_an_experiment_lies_there_with_its_runs(cast: Cast) -> None:
    access = cast.owner.access()
    experiment = make_experiment(access, "abandoned")
    run = make_run(access, experiment_number=experiment.number, name="inside")
    make_artifact(access, run.pk, "a.bin", b"abc")
    delete_experiment(access, number=experiment.number)
    text = page(cast)
    assert "experiment with 1 run" in text
    assert "This frees 3 B" in text
    assert "inside" not in text


def test_an_editor_restores_and_a_viewer_cannot(cast: Cast) -> None:
    run = trashed(cast)
    thing = {"kind": "run", "id": run.pk.hex}
    assert cast.viewer.browser().post(f"{TRASH}/restore", thing).status_code == 403
    assert "Restore" not in cast.viewer.browser().get(TRASH).content.decode()
    assert cast.member.browser().post(f"{TRASH}/restore", thing)["Location"] == TRASH
    assert "The trash is empty" in page(cast)
    assert cast.member.browser().post(f"{TRASH}/restore", thing).status_code == 404


@pytest.mark.parametrize(
    "thing", [{"kind": "run", "id": "x"}, {"kind": "experiment", "id": "9" * 19}, {"kind": "other"}]
)
def test_what_names_nothing_is_not_found(cast: Cast, thing: dict[str, str]) -> None:
    assert cast.owner.browser().post(f"{TRASH}/restore", thing).status_code == 404


def test_a_maintainer_empties_the_trash_and_an_editor_cannot(cast: Cast) -> None:
    trashed(cast)
    assert cast.member.browser().post(f"{TRASH}/empty").status_code == 403
    assert "Empty the trash" not in cast.member.browser().get(TRASH).content.decode()
    answer = cast.admin.browser().post(f"{TRASH}/empty", follow=True)
    assert "The trash is being emptied" in answer.content.decode()
    with bound(cast.owner.access(), readonly=True):
        job = Job.objects.in_project(cast.owner.access()).get()
    assert (job.kind, job.key, job.created_by_label) == ("empty_trash", "all", "admin@acme.test")


def test_rules_are_previewed_then_saved(cast: Cast) -> None:
    access = cast.owner.access()
    run = make_run(access, name="old")
    make_artifact(access, run.pk, "a.bin", b"x" * 4_100)
    update_run(access, run_id=run.pk, status=RunStatus.FINISHED, end_time_ms=1)
    answer = cast.admin.browser().post(f"{TRASH}/rules", RULES)
    assert answer.status_code == 200
    assert "Would move 1 run to the trash now: 4.1 KB of files" in answer.content.decode()
    assert project_rules(access) == Rules()
    assert cast.admin.browser().post(f"{TRASH}/rules", {**RULES, "save": "1"})["Location"] == TRASH
    assert project_rules(cast.owner.access()) == Rules(keep_days=1)
    assert "1 day from their end" in cast.viewer.browser().get(TRASH).content.decode()


def test_wrong_rules_stand_on_the_page(cast: Cast) -> None:
    answer = cast.admin.browser().post(f"{TRASH}/rules", {**RULES, "keep_best_count": "3", "save": "1"})
    assert answer.status_code == 400
    assert "say both how many and by which metric" in answer.content.decode()
    assert cast.member.browser().post(f"{TRASH}/rules", RULES).status_code == 403


def test_storage_shows_totals_and_what_is_largest(cast: Cast) -> None:
    access = cast.owner.access()
    for name, size in (("small", 1_000), ("large", 3_000)):
        make_artifact(access, make_run(access, name=name).pk, "a.bin", name[:1].encode() * size)
    trashed(cast)
    text = page(cast, STORAGE)
    assert '<td class="num">6 KB</td>' in text
    assert text.index("large") < text.index("small")
    assert "emptying it frees 2 KB of files" in text
    assert "in the trash" in text
    assert "Not read again yet" in text


def test_pages_take_as_many_statements_however_much_there_is(cast: Cast, query_budget: Budget) -> None:
    for number in range(3):
        trashed(cast, f"gone-{number}", content=b"%d" % number)
    browser = cast.owner.browser()
    browser.get(TRASH)
    with query_budget("page: trash"):
        browser.get(TRASH)
    with query_budget("page: storage"):
        browser.get(STORAGE)


def test_long_trash_comes_in_pages(cast: Cast) -> None:
    access = cast.owner.access()
    for number in range(52):
        delete_run(access, run_id=make_run(access, name=f"run-{number}", points=1).pk)
    first = page(cast)
    assert first.count("Restore</button>") == 50
    assert "Next page" in first
