"""Bringing a stack to what its program declares."""

import pulumi
import pytest

from tests.engine.conftest import Stack
from tests.engine.programs import Group, Provider, Thing


def test_creates_what_is_declared_and_gives_its_outputs(stack: Stack) -> None:
    def program() -> None:
        first = Thing("first", {"size": 1})
        second = Thing("second", {"of": first.made})
        pulumi.export("made", second.made)

    outcome = stack.up(program)
    assert outcome.changes == {"create": 3}
    assert outcome.outputs == {"made": "second-2"}
    assert stack.world.names() == ["first", "second"]
    assert stack.resource("second")["inputs"] == {"of": "first-1"}


def test_does_nothing_the_second_time_and_leaves_the_state_file_alone(stack: Stack) -> None:
    def program() -> None:
        Thing("a", {"n": 1, "deep": {"list": [1, 2.5, True, None, "x"]}})
        pulumi.export("token", pulumi.Output.secret("hush"))

    stack.up(program)
    before = stack.path.read_bytes()
    stack.world.clear()
    outcome = stack.up(program, expect_no_changes=True)
    assert outcome.changes == {"same": 2}
    assert not outcome.has_changes
    assert stack.world.calls == []
    assert stack.path.read_bytes() == before


def test_updates_replaces_and_deletes(stack: Stack) -> None:
    stack.up(lambda: [Thing("a", {"n": 1}), Thing("b", {"key": 1}), Thing("c")])
    outcome = stack.up(lambda: [Thing("a", {"n": 2}), Thing("b", {"key": 2})])
    assert outcome.changes == {"same": 1, "update": 1, "replace": 1, "delete": 1}
    assert sorted(stack.steps[:3]) == ["create-replacement b", "replace b", "update a"]
    assert sorted(stack.steps[3:]) == ["delete c", "delete-replaced b"]
    assert stack.world.names() == ["a", "b"]


def test_deletes_before_it_replaces_where_the_provider_says_so(stack: Stack) -> None:
    def program(value: int) -> None:
        a = Thing("a", {"early": value})
        Thing("b", {"key": a.made})

    stack.up(lambda: program(1))
    stack.up(lambda: program(2))
    assert stack.steps == [
        "delete-replaced b",
        "delete-replaced a",
        "replace a",
        "create-replacement a",
        "replace b",
        "create-replacement b",
    ]
    assert stack.world.names() == ["a", "b"]


def test_creates_side_by_side_and_deletes_side_by_side(stack: Stack) -> None:
    stack.world.delay = 0.05
    stack.up(lambda: [Thing(f"t{number}") for number in range(8)])
    assert stack.world.most_running > 2
    stack.world.most_running = 0
    stack.destroy()
    assert stack.world.most_running > 2


def test_runs_no_more_steps_at_once_than_allowed(stack: Stack) -> None:
    stack.world.delay = 0.01
    stack.up(lambda: [Thing(f"t{number}") for number in range(6)], parallel=1)
    assert stack.world.most_running == 1


def test_components_hold_their_children_and_their_outputs(stack: Stack) -> None:
    stack.up(lambda: Group("g", {"inner": {"n": 1}}))
    assert stack.resource("g")["outputs"] == {"inner": "inner-1"}
    assert stack.resource("inner")["parent"] == "urn:pulumi:dev::test::fake:index:Group::g"
    assert stack.resource("inner")["urn"] == "urn:pulumi:dev::test::fake:index:Group$fake:index:Thing::inner"


def test_destroy_goes_from_dependents_to_what_they_need(stack: Stack) -> None:
    def program() -> None:
        first = Thing("first")
        Thing("second", {"of": first.made})
        Group("g", {"third": {}}, pulumi.ResourceOptions(depends_on=[first]))

    stack.up(program)
    stack.destroy()
    deleted = stack.world.done("delete")
    assert sorted(deleted) == ["first", "second", "third"]
    assert deleted[-1] == "first"
    assert stack.world.things == {}
    assert "resources" not in stack.state


def test_an_explicit_provider_is_a_resource_of_the_stack(stack: Stack) -> None:
    def program() -> None:
        mine = Provider("mine", {"host": "here"})
        Group("g", {"inner": {}}, pulumi.ResourceOptions(providers=[mine]))
        Thing("plain")

    stack.up(program)
    provider = stack.resource("mine")
    assert provider["type"] == "pulumi:providers:fake"
    assert stack.resource("inner")["provider"] == f"{provider['urn']}::{provider['id']}"
    default = stack.resource("default")
    assert stack.resource("plain")["provider"] == f"{default['urn']}::{default['id']}"
    assert stack.up(program).changes == {"same": 5}


def test_protected_resources_are_not_deleted(stack: Stack) -> None:
    stack.up(lambda: [Thing("a", opts=pulumi.ResourceOptions(protect=True)), Thing("b")])
    error = stack.refuse("destroy")
    assert "1 of the stack's resources failed" in str(error)
    assert stack.world.names() == ["a"]
    assert stack.failed == ["a"]


def test_retained_resources_are_forgotten_only(stack: Stack) -> None:
    stack.up(lambda: Thing("a", opts=pulumi.ResourceOptions(retain_on_delete=True)))
    stack.destroy()
    assert stack.world.names() == ["a"]
    assert "resources" not in stack.state


def test_children_inherit_protection(stack: Stack) -> None:
    stack.up(lambda: Group("g", {"inner": {}}, pulumi.ResourceOptions(protect=True)))
    assert stack.resource("inner")["protect"] is True


def test_what_is_deleted_with_another_is_not_deleted_itself(stack: Stack) -> None:
    def program() -> None:
        host = Thing("host")
        Thing("guest", opts=pulumi.ResourceOptions(deleted_with=host))

    stack.up(program)
    stack.destroy()
    assert stack.world.done("delete") == ["host"]


def test_ignored_changes_are_not_made(stack: Stack) -> None:
    options = pulumi.ResourceOptions(ignore_changes=["n"])
    stack.up(lambda: Thing("a", {"n": 1}, options))
    assert stack.up(lambda: Thing("a", {"n": 2}, options)).changes == {"same": 2}
    assert stack.resource("a")["inputs"] == {"n": 1}


def test_a_renamed_resource_keeps_its_place_and_its_dependents_follow(stack: Stack) -> None:
    def program(name: str, *aliases: str) -> None:
        a = Thing(name, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name=each) for each in aliases]))
        Thing("b", {"of": a.made})

    stack.up(lambda: program("old"))
    assert stack.up(lambda: program("new", "old")).changes == {"same": 3}
    assert stack.resource("b")["dependencies"] == [stack.resource("new")["urn"]]
    assert "aliases" not in stack.resource("new")
    assert stack.up(lambda: program("new")).changes == {"same": 3}


def test_timeouts_reach_the_state(stack: Stack) -> None:
    timeouts = pulumi.CustomTimeouts(create="1h30m", delete="90s")
    stack.up(lambda: Thing("a", opts=pulumi.ResourceOptions(custom_timeouts=timeouts)))
    assert stack.resource("a")["customTimeouts"] == {"create": 5400, "delete": 90}


def test_a_read_resource_is_external_and_survives_destroy(stack: Stack) -> None:
    stack.up(lambda: Thing("mine"))
    other = next(iter(stack.world.things))

    def program() -> None:
        Thing("mine")
        pulumi.export("seen", Thing("theirs", opts=pulumi.ResourceOptions(id=other)).made)

    outcome = stack.up(program)
    assert outcome.outputs == {"seen": "mine-1"}
    assert stack.resource("theirs")["external"] is True
    stack.up(lambda: Thing("mine"))
    assert stack.world.names() == ["mine"]


def test_provider_functions_can_be_called(stack: Stack) -> None:
    def program() -> None:
        said = pulumi.runtime.invoke("fake:index:echo", {"say": "hello"}).value
        pulumi.export("said", said["echo"])

    assert stack.up(program).outputs == {"said": "hello"}


@pytest.mark.parametrize(
    ("feature", "options"),
    [
        ("import_", pulumi.ResourceOptions(import_="x")),
        ("replacement_trigger", pulumi.ResourceOptions(replacement_trigger="x")),
        ("hide_diffs", pulumi.ResourceOptions(hide_diffs=["x"])),
    ],
)
def test_unsupported_options_are_refused_by_name(stack: Stack, feature: str, options: pulumi.ResourceOptions) -> None:
    error = stack.refuse("up", lambda: Thing("a", opts=options))
    assert feature in str(error)
    assert "install `pulumi`" in error.hint
    assert stack.world.things == {}


def test_assets_are_refused_by_name(stack: Stack) -> None:
    error = stack.refuse("up", lambda: Thing("a", {"file": pulumi.StringAsset("text")}))
    assert "assets and archives" in str(error)


def test_a_provider_nobody_knows_is_refused_by_name(stack: Stack) -> None:
    error = stack.refuse("up", lambda: pulumi.CustomResource("aws:s3:Bucket", "b"))
    assert "the provider aws" in str(error)
