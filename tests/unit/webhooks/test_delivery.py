"""From what happens to what arrives: by the product's own worker, to a real receiver."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from pytest_django import Settings

from apps.common.clock import now
from apps.jobs import worker
from apps.jobs.models import Job
from apps.projects.authentication import access_cache
from apps.projects.tenancy import bound, bound_to_projects
from apps.runs.models import Run, RunStatus
from apps.runs.services import update_run
from apps.webhooks.events import EVENT_WORDS, MLFLOW_EVENTS, Event
from apps.webhooks.models import MAX_ATTEMPTS, DeliveryState, Webhook, WebhookDelivery, WebhookStatus
from apps.webhooks.payloads import EXAMPLES
from apps.webhooks.queries import deliveries_of
from apps.webhooks.services import NewSecret, create_webhook, delete_webhook, emit, redeliver, update_webhook
from apps.webhooks.services.history import KEPT_DELIVERIES, forget
from tests.budgets import Budget
from tests.factories.cast import Cast
from tests.factories.runs import make_run
from tests.servers.receiver import Receiver
from tests.unit.webhooks.names import PUBLIC, REBINDING, rebinding


def make_hook(cast: Cast, receiver: Receiver, *events: Event, **more: Any) -> NewSecret:
    chosen = events or (Event.RUN_FINISHED, Event.RUN_FAILED)
    return create_webhook(cast.owner.access(), name="hook", url=receiver.url(), events=chosen, **more)


def end(cast: Cast, run: Run, status: RunStatus = RunStatus.FINISHED) -> None:
    update_run(cast.member.access(), run_id=run.pk, status=status, end_time_ms=1_700_000_060_000)


def log_of(cast: Cast, webhook: Webhook) -> list[WebhookDelivery]:
    access = cast.owner.access()
    with bound(access, readonly=True):
        return list(deliveries_of(access, webhook))


def work_off() -> int:
    """Run what is due; how many jobs that was."""
    count = 0
    while worker.run_next():
        count += 1
    return count


def test_a_finished_run_is_told(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver)
    run = make_run(cast.member.access(), name="fine")
    end(cast, run)
    assert not receiver.received
    assert work_off() == 1
    (arrived,) = receiver.received
    assert arrived.is_signed_with(made.secret)
    assert not arrived.is_signed_with("another secret")
    assert arrived.headers["Content-Type"] == "application/json"
    message = arrived.message
    assert list(message) == ["entity", "action", "timestamp", "data", "workspace"]
    assert (message["entity"], message["action"], message["workspace"]) == ("run", "finished", "vision")
    assert message["data"] == {
        "run_id": run.pk.hex,
        "run_name": "fine",
        "experiment_id": "0",
        "status": "FINISHED",
        "start_time": 1_700_000_000_000,
        "end_time": 1_700_000_060_000,
    }
    (delivery,) = log_of(cast, made.webhook)
    assert delivery.pk.hex == arrived.headers["X-MLflow-Delivery-Id"]
    assert (delivery.state, delivery.attempts, delivery.status_code, delivery.error) == ("delivered", 1, 204, "")


def test_runs_that_failed_or_were_killed_and_only_once_each(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver)
    run = make_run(cast.member.access())
    for status in (RunStatus.FAILED, RunStatus.FAILED, RunStatus.RUNNING, RunStatus.KILLED, RunStatus.FINISHED):
        end(cast, run, status)
    told = [(delivery.event, delivery.payload["status"]) for delivery in reversed(log_of(cast, made.webhook))]
    assert told == [("run.failed", "FAILED"), ("run.failed", "KILLED"), ("run.finished", "FINISHED")]


def test_a_renamed_run_that_ends_is_told_by_its_new_name(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver)
    run = make_run(cast.member.access())
    update_run(cast.member.access(), run_id=run.pk, status=RunStatus.FINISHED, name="renamed")
    update_run(cast.member.access(), run_id=run.pk, name="and again")
    assert [delivery.payload["run_name"] for delivery in log_of(cast, made.webhook)] == ["renamed"]


def test_only_what_a_webhook_asks_for_and_only_while_it_is_active(cast: Cast, receiver: Receiver) -> None:
    failures = make_hook(cast, receiver, Event.RUN_FAILED).webhook
    asleep = make_hook(cast, receiver, status=WebhookStatus.DISABLED).webhook
    end(cast, make_run(cast.member.access()))
    assert log_of(cast, failures) == log_of(cast, asleep) == []


def test_other_projects_are_not_told(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver)
    stranger = cast.stranger.access()
    update_run(stranger, run_id=make_run(stranger).pk, status=RunStatus.FINISHED)
    assert log_of(cast, made.webhook) == []


def test_what_is_rolled_back_is_not_told(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver, *Event)
    access = cast.owner.access()
    with transaction.atomic():
        with bound(access):
            emit(access, Event.MODEL_VERSION_CREATED, EXAMPLES[Event.MODEL_VERSION_CREATED])
        transaction.set_rollback(True)
    assert log_of(cast, made.webhook) == []
    assert work_off() == 0


def test_the_system_tells_without_an_access(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver, *Event)
    project_id = cast.project.pk
    with bound_to_projects([project_id]):
        emit(project_id, Event.APPROVAL_DECIDED, EXAMPLES[Event.APPROVAL_DECIDED])
    assert [delivery.event for delivery in log_of(cast, made.webhook)] == ["approval.decided"]


def test_without_webhooks_telling_takes_no_statement(cast: Cast, receiver: Receiver, query_budget: Budget) -> None:
    access = cast.owner.access()
    assert not access.project.has_webhooks
    with bound(access), query_budget("webhooks/emit without webhooks"):
        emit(access, Event.RUN_FINISHED, EXAMPLES[Event.RUN_FINISHED])
    run = make_run(cast.member.access())
    member = cast.member.access()
    with query_budget("webhooks/run ends without webhooks"):
        update_run(member, run_id=run.pk, status=RunStatus.FINISHED)
    make_hook(cast, receiver)
    run, member = make_run(cast.member.access()), cast.member.access()
    with query_budget("webhooks/run ends with a webhook"):
        update_run(member, run_id=run.pk, status=RunStatus.FINISHED)


def test_rights_that_a_process_remembers_learn_of_the_first_and_of_the_last_webhook(
    cast: Cast, receiver: Receiver
) -> None:
    """By token, with cached rights, as training code comes."""
    client = cast.anonymous
    runs = [make_run(cast.member.access()) for _ in range(3)]

    def finish(run: Run) -> None:
        body = {"run_id": run.pk.hex, "status": "FINISHED"}
        address = "/acme/vision/api/2.0/mlflow/runs/update"
        answer = client.post(address, body, content_type="application/json", headers=cast.member.headers)
        assert answer.status_code == 200

    access_cache.clear()
    finish(runs[0])
    made = make_hook(cast, receiver)
    finish(runs[1])
    assert [delivery.payload["run_id"] for delivery in log_of(cast, made.webhook)] == [runs[1].pk.hex]
    delete_webhook(cast.owner.access(), webhook_id=made.webhook.pk)
    assert not cast.owner.access().project.has_webhooks
    finish(runs[2])


def test_what_does_not_arrive_is_tried_again_with_the_same_id_and_body(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver)
    receiver.statuses += [500, 302, 404]
    end(cast, make_run(cast.member.access()))
    with time_machine.travel(now(), tick=False) as clock:
        for error in ("The receiver answered 500.", "Redirects are not followed", "The receiver answered 404."):
            assert work_off() == 1
            (delivery,) = log_of(cast, made.webhook)
            assert (delivery.state, delivery.ended_at) == ("pending", None)
            assert delivery.error.startswith(error)
            assert work_off() == 0
            clock.shift(timedelta(minutes=20))
        assert work_off() == 1
    (delivery,) = log_of(cast, made.webhook)
    assert (delivery.state, delivery.attempts, delivery.status_code, delivery.error) == ("delivered", 4, 204, "")
    arrived = receiver.received
    assert len({each.headers["X-MLflow-Delivery-Id"] for each in arrived}) == 1
    assert len({each.body for each in arrived}) == 1
    assert len({each.headers["X-MLflow-Timestamp"] for each in arrived}) == 4
    assert all(each.is_signed_with(made.secret) for each in arrived)


def test_given_up_after_the_last_attempt_and_sent_again_by_hand(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver)
    receiver.statuses += [503] * MAX_ATTEMPTS
    end(cast, make_run(cast.member.access()))
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(MAX_ATTEMPTS):
            assert work_off() == 1
            clock.shift(timedelta(minutes=20))
        assert work_off() == 0
        (delivery,) = log_of(cast, made.webhook)
        assert (delivery.state, delivery.attempts, delivery.status_code) == ("failed", MAX_ATTEMPTS, 503)
        access = cast.owner.access()
        assert delivery.job_id is not None
        with bound(access, readonly=True):
            job = Job.objects.in_project(access).get(pk=delivery.job_id)
        assert (job.state, job.error) == ("failed", "The receiver answered 503.")
        redeliver(access, webhook_id=made.webhook.pk, delivery_id=delivery.pk)
        assert work_off() == 1
    (delivery,) = log_of(cast, made.webhook)
    assert (delivery.state, delivery.attempts, delivery.status_code) == ("delivered", 1, 204)
    assert receiver.received[0].body == receiver.received[-1].body


def test_disabled_or_deleted_meanwhile_nothing_is_sent(cast: Cast, receiver: Receiver) -> None:
    asleep, gone = make_hook(cast, receiver).webhook, make_hook(cast, receiver).webhook
    end(cast, make_run(cast.member.access()))
    update_webhook(cast.owner.access(), webhook_id=asleep.pk, status=WebhookStatus.DISABLED)
    delete_webhook(cast.owner.access(), webhook_id=gone.pk)
    assert work_off() == 2
    (delivery,) = log_of(cast, asleep)
    assert (delivery.state, delivery.error) == ("failed", "The webhook was disabled.")
    assert not receiver.received


def test_a_secret_under_a_lost_key_says_so_and_sends_nothing(
    cast: Cast, receiver: Receiver, settings: Settings
) -> None:
    made = make_hook(cast, receiver)
    end(cast, make_run(cast.member.access()))
    settings.SECRET_KEY = "another one"
    work_off()
    (delivery,) = log_of(cast, made.webhook)
    assert delivery.error == "The secret cannot be read any more: rotate it."
    assert not receiver.received


def test_unsigned_where_there_is_no_secret(cast: Cast, receiver: Receiver) -> None:
    make_hook(cast, receiver, secret="")
    end(cast, make_run(cast.member.access()))
    work_off()
    assert "X-MLflow-Signature" not in receiver.received[0].headers


def test_the_secret_is_encrypted_at_rest(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver)
    assert made.secret.startswith("whsec_")
    assert made.secret not in made.webhook.secret


def test_long_texts_and_maps_are_cut(cast: Cast, receiver: Receiver) -> None:
    made = make_hook(cast, receiver, *Event)
    access = cast.owner.access()
    tags = {f"key-{number}": "v" * 10_000 for number in range(300)}
    with bound(access):
        emit(access, Event.REGISTERED_MODEL_CREATED, {"name": "m", "tags": tags, "description": None})
    (delivery,) = log_of(cast, made.webhook)
    assert len(delivery.payload["tags"]) == 200
    assert {len(value) for value in delivery.payload["tags"].values()} == {5_000}


def test_the_log_is_bounded_by_age_and_number_and_what_nobody_sends_is_ended(cast: Cast, receiver: Receiver) -> None:
    webhook = make_hook(cast, receiver).webhook
    access = cast.owner.access()
    ended = {
        "project_id": access.project.id,
        "webhook": webhook,
        "event": "run.failed",
        "state": DeliveryState.DELIVERED,
    }
    old, recent = now() - timedelta(days=31), now() - timedelta(days=29)
    with bound(access):
        rows = WebhookDelivery.objects.in_project(access)
        rows.bulk_create([WebhookDelivery(**ended, ended_at=old) for _ in range(3)])
        rows.bulk_create([WebhookDelivery(**ended, ended_at=recent) for _ in range(KEPT_DELIVERIES + 5)])
        abandoned = WebhookDelivery(project_id=access.project.id, webhook=webhook, event="run.failed")
        abandoned.save(force_insert=True)
    end(cast, make_run(cast.member.access()))
    assert forget() == 3 + 7
    log = log_of(cast, webhook)
    assert len(log) == KEPT_DELIVERIES
    assert [(delivery.state, bool(delivery.error)) for delivery in log[:2]] == [("pending", False), ("failed", True)]
    assert forget() == 0
    assert work_off() == 1


@pytest.mark.parametrize("event", Event)
def test_every_event_has_words_and_an_example(event: Event) -> None:
    assert EVENT_WORDS[event]
    assert EXAMPLES[event]
    assert f"{event.entity}.{event.action}" == event
    assert set(Event) > MLFLOW_EVENTS


def test_a_name_that_has_come_to_stand_for_something_inside_is_not_sent_to(
    cast: Cast, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOKS_RESOLVER = REBINDING
    rebinding.begin(PUBLIC, "169.254.169.254", "127.0.0.1")
    webhook = create_webhook(
        cast.owner.access(), name="hook", url=receiver.url(host="receiver.test"), events=[Event.RUN_FINISHED]
    ).webhook
    end(cast, make_run(cast.member.access()))
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    work_off()
    (delivery,) = log_of(cast, webhook)
    assert (delivery.state, delivery.status_code) == ("pending", None)
    assert delivery.error == "The host has no public address."
    assert not receiver.received
