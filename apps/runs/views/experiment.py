"""The page of an experiment: its runs as a table that can be searched, ordered and paged."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.common.filters.errors import InvalidFilter
from apps.common.filters.tree import OrderTerm
from apps.common.pages import is_fragment_request
from apps.experiments.queries import ExperimentDetails, get_experiment
from apps.projects.pages import project_page
from apps.runs.search.query import RunPage, search_runs
from apps.runs.search.vocabulary import RUNS
from apps.runs.tables import runs_table
from apps.runs.views.refused_filter import refused_filter
from apps.teams.access import Access
from apps.teams.permissions import Permission

PAGE_SIZE = 50
MOST_COLUMNS = 200


@project_page(Permission.PROJECT_READ, binds=False)
@require_GET
def experiment(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """The runs that the filter in `q` finds, in the order that `order` says, after the row that `page` names."""
    details = get_experiment(access, number)
    query, order = request.GET.get("q", ""), request.GET.get("order", "")
    refusal, page, term = None, RunPage([], None), None
    try:
        term = _order_term(order)
        page = search_runs(
            access,
            experiment_numbers=[number],
            filter=query,
            order_by=[order] if order else [],
            max_results=PAGE_SIZE,
            page_token=request.GET.get("page"),
        )
    except InvalidFilter as exc:
        refusal = refused_filter(exc, query if exc.field == "filter" else order)
    context = _context(request, access, details, page, term) | {"query": query, "order": order, "refusal": refusal}
    is_fragment = is_fragment_request(request)
    response = render(
        request,
        "runs/_runs.html" if is_fragment else "runs/experiment.html",
        context,
        # htmx swaps no answer that is an error, and here the answer is what says so.
        status=400 if refusal and not is_fragment else 200,
    )
    response["Vary"] = "HX-Request, Cookie"
    return response


@project_page(Permission.PROJECT_READ, binds=False)
@require_POST
def choose_columns(request: HttpRequest, access: Access, number: int) -> HttpResponse:
    """Remembers, for this session, which columns the experiment's table shows; none chosen by hand: the usual ones."""
    if "usual" in request.POST:
        request.session.pop(_session_key(access, number), None)
    else:
        request.session[_session_key(access, number)] = request.POST.getlist("column")[:MOST_COLUMNS]
    address = reverse("experiment", args=[access.team.slug, access.project.slug, number])
    back = QueryDict(request.POST.get("query_string", "")).urlencode()
    return redirect(f"{address}?{back}" if back else address)


def _context(
    request: HttpRequest, access: Access, details: ExperimentDetails, page: RunPage, term: OrderTerm | None
) -> dict[str, object]:
    number = details.experiment.number
    chosen = request.session.get(_session_key(access, number))
    return {
        "access": access,
        "tab": "runs",
        "experiment": details.experiment,
        "tags": details.tags,
        "table": runs_table(page.rows, chosen=chosen, order=term),
        "next_page_token": page.next_page_token,
        "is_first_page": "page" not in request.GET,
        "attribute_orders": _attribute_orders(term),
    }


def _order_term(order: str) -> OrderTerm | None:
    return next(iter(RUNS.order([order] if order else [])), None)


def _attribute_orders(term: OrderTerm | None) -> list[dict[str, str]]:
    """The headings of the columns that every run has, with what a click on each orders by."""
    orders = []
    for key, label in (("run_name", "Run"), ("status", "Status"), ("start_time", "Started"), ("user_id", "User")):
        column = RUNS.order([f"attributes.{key}"])[0].column
        is_ordered = (term is not None and term.column == column) or (term is None and key == "start_time")
        descending = (term is None or term.descending) if is_ordered else False
        turn = "ASC" if descending or (not is_ordered and key != "start_time") else "DESC"
        direction = ("descending" if descending else "ascending") if is_ordered else ""
        orders.append({"key": key, "label": label, "next_order": f"attributes.{key} {turn}", "direction": direction})
    return orders


def _session_key(access: Access, number: int) -> str:
    return f"columns:{access.project.id}:{number}"
