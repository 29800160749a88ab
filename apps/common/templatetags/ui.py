"""What templates need to say numbers, moments and icons."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon `name` of static/img/icons.svg, for the eye only."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.simple_tag
def moment(at: datetime | int | None, fallback: str = "never") -> SafeString | str:
    """A moment, a datetime or milliseconds since the epoch, which the browser turns to "5 min. ago"."""
    if at is None:
        return fallback
    when = datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-module="relative-time">{}</time>',
        when.isoformat(timespec="milliseconds"),
        when.strftime("%Y-%m-%d %H:%M UTC"),
    )


@register.filter
def metric_value(value: float | None) -> str:
    """A metric's value in at most five significant digits."""
    if value is None or math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value != 0 and not 1e-4 <= abs(value) < 1e7:
        digits, _, exponent = f"{value:.4e}".partition("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.5g}" if abs(value) < 1e5 else f"{value:,.0f}"


@register.filter
def byte_size(count: int | None) -> str:
    """Bytes in the unit that leaves at most three digits: 512 B, 3.1 KB, 4.1 GB. A KB is 1,000 B, as disks are sold."""
    if count is None:
        return ""
    size, unit = float(count), "B"
    for larger in ("KB", "MB", "GB", "TB", "PB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{count} B" if unit == "B" else f"{size:.3g} {unit}"


@register.filter
def duration(length_ms: int | None) -> str:
    """A length of time in its two largest units: 12.3 s, 4 m 5 s, 3 h 12 m, 2 d 4 h."""
    if length_ms is None:
        return ""
    if length_ms < MINUTE:
        return f"{length_ms} ms" if length_ms < SECOND else f"{length_ms / SECOND:.1f} s"
    for unit, below, big, small in ((MINUTE, SECOND, "m", "s"), (HOUR, MINUTE, "h", "m")):
        if length_ms < unit * (60 if unit == MINUTE else 24):
            return f"{length_ms // unit} {big} {length_ms % unit // below} {small}"
    return f"{length_ms // DAY} d {length_ms % DAY // HOUR} h"


@register.filter
def initials(label: str) -> str:
    """One or two letters that stand for a person."""
    words = label.partition("@")[0].replace(".", " ").replace("-", " ").replace("_", " ").split()
    return "".join(word[0] for word in words[:2])
