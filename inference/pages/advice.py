"""What would help an iteration most, as a part of its Performance page."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from inference.pages.suggested_query import DEFAULT_THRESHOLD_PERCENT
from inference.suggestion_query import count_suggestions
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.advice.facts import advice_facts
from training.advice.rules import Act, advice_of
from training.iterations import get_iteration
from training.models import Iteration
from training.performance import require_trained


@page(Right.VIEW)
def advice(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """At most five lines, that first which helps most; each with a link that does it, for those who may."""
    iteration = get_iteration(project, iteration_id)
    require_trained(iteration)
    suggested = count_suggestions(request.actor, project, iteration.pk, (), DEFAULT_THRESHOLD_PERCENT / 100)
    facts = advice_facts(request.actor, iteration, suggested)
    lines: list[dict[str, Any]] = [
        {
            "advice": each,
            "address": _address(iteration, each.act) if request.actor.may(each.act.right, project) else "",
        }
        for each in advice_of(facts)
    ]
    context = {"project": project, "iteration": iteration, "lines": lines, "facts": facts}
    return render(request, "training/advice.html", context)


def _address(iteration: Iteration, act: Act) -> str:
    arguments = [iteration.project_id, iteration.pk] if act.is_of_iteration else [iteration.project_id]
    query = f"?{act.query}" if act.query else ""
    return f"{reverse(act.link_name, args=arguments)}{query}"
