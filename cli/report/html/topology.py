"""The stack's topology as inline SVG: networks as frames, what is on them as boxes."""

from collections.abc import Iterator
from html import escape

from infra.model.intent import Intent
from infra.model.stack import SHARED_NETWORK

_BOX_WIDTH, _BOX_HEIGHT, _GAP, _HEAD = 215, 58, 16, 34


def svg(intent: Intent) -> str:
    """Each network with its instances and their services; cache and object store below."""
    networks = _networks(intent)
    width = sum(len(boxes) * (_BOX_WIDTH + _GAP) + 2 * _GAP for boxes in networks.values()) + _GAP
    parts: list[str] = []
    left = _GAP
    for name, boxes in networks.items():
        parts.extend(_frame(name, boxes, left))
        left += len(boxes) * (_BOX_WIDTH + _GAP) + 2 * _GAP
    height = _HEAD + _BOX_HEIGHT + 3 * _GAP
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Topology" '
        f'style="min-width:{width * 0.7:.0f}px">{"".join(parts)}</svg>'
    )


def _networks(intent: Intent) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {SHARED_NETWORK: []}
    for name, instance in intent.stack.instances.items():
        services = ", ".join(service.short for service in intent.services_on(name))
        found.setdefault(instance.network, []).append((name, f":{instance.port} {services}"))
    others = {name: port for name, port in intent.stack.ports.items() if name not in intent.stack.instances}
    found[SHARED_NETWORK].extend((name, f":{port}") for name, port in others.items())
    return found


def _frame(name: str, boxes: list[tuple[str, str]], left: int) -> Iterator[str]:
    width = len(boxes) * (_BOX_WIDTH + _GAP) + _GAP
    height = _HEAD + _BOX_HEIGHT + _GAP
    yield f'<rect class="net" x="{left}" y="{_GAP}" width="{width}" height="{height}" rx="10"/>'
    yield f'<text class="netname" x="{left + _GAP}" y="{_GAP + 22}">network {escape(name)}</text>'
    for position, (title, detail) in enumerate(boxes):
        x, y = left + _GAP + position * (_BOX_WIDTH + _GAP), _GAP + _HEAD
        yield f'<rect class="box" x="{x}" y="{y}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="7"/>'
        yield f'<text class="name" x="{x + 10}" y="{y + 24}">{escape(title)}</text>'
        yield f'<text class="detail" x="{x + 10}" y="{y + 44}">{escape(detail)}</text>'
