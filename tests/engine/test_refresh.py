"""Reading resources back: drift gets into the state, and what is gone leaves it."""

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue

from tests.engine.conftest import Stack
from tests.engine.programs import Group, Thing


def drift(stack: Stack, name: str, key: str, value: str) -> None:
    made = next(made for made, (urn, _) in stack.world.things.items() if urn.endswith(f"::{name}"))
    urn, properties = stack.world.things[made]
    stack.world.things[made] = urn, {**properties, key: PropertyValue(value)}


def lose(stack: Stack, name: str) -> None:
    for made, (urn, _) in list(stack.world.things.items()):
        if urn.endswith(f"::{name}"):
            del stack.world.things[made]


def test_finds_nothing_where_nothing_drifted(stack: Stack) -> None:
    stack.up(lambda: [Thing("a", {"x": "1"}), Group("g", {"b": {}})])
    before = stack.state["resources"]
    outcome = stack.run("refresh")
    assert outcome.changes == {"same": 2}
    assert stack.state["resources"] == before


def test_shows_what_drifted_and_writes_it_down(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"x": "1"}))
    drift(stack, "a", "x", "2")
    outcome = stack.run("refresh")
    assert outcome.changes == {"update": 1}
    (step,) = outcome.steps
    assert step.detailed_diff is not None
    assert list(step.detailed_diff) == ["x"]
    assert stack.resource("a")["inputs"] == {"x": "2"}
    assert stack.up(lambda: Thing("a", {"x": "1"})).changes == {"same": 1, "update": 1}


def test_forgets_what_is_gone_and_references_to_it(stack: Stack) -> None:
    def program() -> None:
        first = Thing("first")
        Thing("second", {"of": first.made})

    stack.up(program)
    lose(stack, "first")
    assert stack.run("refresh").changes == {"same": 1, "delete": 1}
    second = stack.resource("second")
    assert "dependencies" not in second
    assert second["propertyDependencies"] == {"of": []}
    assert stack.up(program).changes == {"same": 1, "create": 1, "update": 1}


def test_children_of_what_is_gone_move_to_its_parent(stack: Stack) -> None:
    def program() -> None:
        parent = Thing("parent")
        Thing("child", opts=pulumi.ResourceOptions(parent=parent))

    stack.up(program)
    lose(stack, "parent")
    stack.run("refresh")
    assert stack.resource("child")["parent"] == "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev"


def test_targets_limit_it(stack: Stack) -> None:
    stack.up(lambda: [Thing("a", {"x": "1"}), Thing("b", {"x": "1"})])
    drift(stack, "a", "x", "2")
    drift(stack, "b", "x", "2")
    stack.run("refresh", targets=("**::a",))
    assert stack.resource("a")["inputs"] == {"x": "2"}
    assert stack.resource("b")["inputs"] == {"x": "1"}


def test_up_can_refresh_first(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    lose(stack, "a")
    assert stack.up(lambda: Thing("a")).changes == {"same": 2}
    assert stack.up(lambda: Thing("a"), refresh=True).changes["create"] == 1
    assert stack.world.names() == ["a"]


def test_the_same_secret_read_back_is_no_drift(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"x": pulumi.Output.secret("s")}))
    assert stack.run("refresh").changes == {"same": 1}


def test_reading_back_first_counts_no_resource_twice(stack: Stack) -> None:
    def program() -> None:
        Thing("a", {"x": "1"})
        Group("g", {"b": {}})

    made = stack.up(program).changes
    assert stack.run("up", program, refresh=True).changes == {"same": sum(made.values())}
