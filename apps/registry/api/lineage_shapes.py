"""The forms of lineage."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.common.api.serializers import Input, Shape, Text
from apps.registry.lineage.graph import Direction, EdgeKind, Graph, Key, More, NodeKind, NodeState
from apps.registry.names import MAX_NAME_LENGTH
from apps.registry.queries import MAX_NUMBER

_KINDS = [kind.value for kind in NodeKind]
_RUN_ID = "019ab1c2d3e47f5a8b6c7d8e9f0a1b2c"
_VERSION = "version:019ab1c2d3e47f5a8b6c7d8e9f0a1b2e"
_NODE: dict[str, Any] = {
    "label": "",
    "state": "active",
    "run_id": None,
    "model_id": None,
    "name": None,
    "version": None,
    "alias": None,
    "digest": None,
}


class LineageQuery(Input):
    """Where to begin."""

    name = Text(required=False, max_length=MAX_NAME_LENGTH, help_text="Of a registered model; with `version`.")
    version = serializers.IntegerField(required=False, min_value=1, max_value=MAX_NUMBER)
    model_id = Text(required=False, max_length=34, help_text="Of a logged model.")
    run_id = Text(required=False, max_length=32)
    dataset_name = Text(required=False, max_length=500, help_text="With `dataset_digest`.")
    dataset_digest = Text(required=False, allow_blank=True, max_length=36)


class NodeShape(Shape):
    """A dataset, a run, a logged model, a version or an alias."""

    id = serializers.CharField(help_text="Unique in this answer.")
    kind = serializers.ChoiceField(choices=_KINDS)
    label = serializers.CharField()  # type: ignore[assignment]  # fields leave the class when it is made
    state = serializers.ChoiceField(
        choices=[state.value for state in NodeState],
        help_text="`deleted`: in the trash. `gone`: removed, or not of this project.",
    )
    run_id = serializers.CharField(allow_null=True, help_text="Of a run; of a logged model, the run that logged it.")
    model_id = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True, help_text="Of the registered model, or of the dataset.")
    version = serializers.IntegerField(allow_null=True)
    alias = serializers.CharField(allow_null=True)
    digest = serializers.CharField(allow_null=True, allow_blank=True, help_text="Of a dataset.")

    example = _NODE | {"id": _VERSION, "kind": "version", "label": "taxi, version 3", "name": "taxi", "version": 3}


class EdgeShape(Shape):
    """From a cause to what came of it."""

    source = serializers.CharField()  # type: ignore[assignment]  # as above
    target = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=[kind.value for kind in EdgeKind],
        help_text="`input`: the target, a run, used it. `output`: a run made it. `nested`: a run inside of a run.",
    )
    detail = serializers.CharField(allow_blank=True, help_text="The context in which a dataset was used.")

    example = {"source": f"run:{_RUN_ID}", "target": _VERSION, "kind": "registered", "detail": ""}


class MoreShape(Shape):
    """Neighbours that are left out, as there are too many."""

    node = serializers.CharField(help_text="Whose neighbours.")
    direction = serializers.ChoiceField(
        choices=[direction.value for direction in Direction],
        help_text="`up`: it came from them. `down`: they came of it.",
    )
    kind = serializers.ChoiceField(choices=_KINDS)
    count = serializers.IntegerField()

    example = {"node": f"run:{_RUN_ID}", "direction": "down", "kind": "run", "count": 980}


class LineageShape(Shape):
    """What something came from and what came of it."""

    start = serializers.CharField(help_text="The node that was asked for.")
    nodes = NodeShape(many=True)
    edges = EdgeShape(many=True)
    more = MoreShape(many=True)
    is_cut = serializers.BooleanField(help_text="It may go on beyond the last nodes.")

    example = {
        "start": _VERSION,
        "nodes": [
            NodeShape.example,
            _NODE | {"id": f"run:{_RUN_ID}", "kind": "run", "label": "trainer", "run_id": _RUN_ID},
        ],
        "edges": [EdgeShape.example],
        "more": [MoreShape.example],
        "is_cut": False,
    }

    def to_representation(self, instance: Graph) -> dict[str, Any]:
        """Edges name nodes by the ids that the answer gives them."""
        shown = {
            "start": instance.nodes[instance.start].id,
            "nodes": list(instance.nodes.values()),
            "edges": [
                {
                    "source": _id(instance, edge.source),
                    "target": _id(instance, edge.target),
                    "kind": edge.kind,
                    "detail": edge.detail,
                }
                for edge in instance.edges
            ],
            "more": [_more(instance, more) for more in instance.more],
            "is_cut": instance.is_cut,
        }
        return super().to_representation(shown)


def _id(graph: Graph, key: Key) -> str:
    return graph.nodes[key].id


def _more(graph: Graph, more: More) -> dict[str, Any]:
    return {"node": _id(graph, more.key), "direction": more.direction, "kind": more.kind, "count": more.count}
