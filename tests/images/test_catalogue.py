"""Images are named by what goes into them, and only what is missing is built."""

import pytest

from infra.images.catalogue import STACK_IMAGES, Catalogue, Recipe, RecipeFile
from infra.images.recipes import project_catalogue
from infra.model.errors import ConfigurationError


def _recipe(name: str, dockerfile: str, **files: str) -> Recipe:
    extra = (RecipeFile(path, content.encode()) for path, content in files.items())
    return Recipe(name, (RecipeFile("Dockerfile", dockerfile.encode()), *extra))


def _chain(entrypoint: str = "exec true", base: str = "FROM scratch") -> Catalogue:
    return Catalogue(
        {
            "server": _recipe("server", "ARG BASE_IMAGE\nARG GO_TOOLS_IMAGE\n", entrypoint=entrypoint),
            "go-tools": _recipe("go-tools", "ARG BASE_IMAGE\n"),
            "base": _recipe("base", base),
        }
    )


def test_an_unchanged_folder_keeps_its_tag() -> None:
    assert _chain().tags == _chain().tags


def test_a_changed_file_changes_the_tag_of_that_image_only() -> None:
    before, after = _chain().tags, _chain(entrypoint="exec false").tags
    assert {name for name in before if before[name] != after[name]} == {"server"}


def test_a_changed_base_changes_the_tags_of_all_that_start_from_it() -> None:
    before, after = _chain().tags, _chain(base="FROM other").tags
    assert {name for name in before if before[name] != after[name]} == {"base", "go-tools", "server"}


def test_the_executable_bit_is_part_of_the_content() -> None:
    plain, executable = (Recipe("x", (RecipeFile("run", b"", executable=bit),)) for bit in (False, True))
    assert Catalogue({"x": plain}).tags != Catalogue({"x": executable}).tags


def test_a_build_argument_names_the_parent_image() -> None:
    parents = _chain().recipes["server"].parents
    assert parents == {"BASE_IMAGE": "base", "GO_TOOLS_IMAGE": "go-tools"}


def test_parents_are_built_first_and_once() -> None:
    assert _chain().to_build(["server"], present=()) == ["base", "go-tools", "server"]


def test_parents_of_a_present_image_are_not_built() -> None:
    assert _chain().to_build(["server"], present={"go-tools", "base"}) == ["server"]
    assert _chain().to_build(["server"], present={"server"}) == []


def test_declared_build_space_is_summed_over_what_is_built() -> None:
    small, large = _recipe("small", "# build-space: 300 MB\n"), _recipe("large", "# build-space: 2 GB\n")
    assert Catalogue({"small": small, "large": large}).build_space(["small", "large"]) == 2_300_000_000


def test_an_unknown_image_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="no image 'oracle'") as refusal:
        _chain().tag("oracle")
    assert "base, go-tools, server" in refusal.value.hint


def test_the_checkout_has_a_recipe_for_every_image_a_stack_runs() -> None:
    assert set(STACK_IMAGES) <= set(project_catalogue().tags)


@pytest.mark.parametrize("name", sorted(project_catalogue().recipes))
def test_every_recipe_declares_the_disk_space_it_takes(name: str) -> None:
    recipe = project_catalogue().recipes[name]
    assert not recipe.dockerfile or recipe.dockerfile.startswith("# build-space: ")


@pytest.mark.parametrize("name", STACK_IMAGES)
def test_stack_images_run_as_an_unprivileged_user(name: str) -> None:
    assert "\nUSER 999:999\n" in project_catalogue().recipes[name].dockerfile


@pytest.mark.parametrize("name", STACK_IMAGES)
def test_stack_images_are_built_without_the_hosts_certificates(name: str) -> None:
    assert not project_catalogue().recipes[name].needs_host_certificates
