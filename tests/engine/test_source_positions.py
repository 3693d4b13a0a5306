"""The position kept for a resource is the one that the SDK finds."""

from pulumi.runtime import resource as sdk

from infra.engine.embedded.source_positions import nearest_positions


class Resource:
    """Stands for the SDK's base class, which asks where it was made."""

    def __init__(self) -> None:
        self.trace = sdk._get_stack_trace()
        self.position = sdk._get_source_position(self.trace)


class Custom(Resource):
    def __init__(self) -> None:
        super().__init__()


class Bucket(Custom):
    def __init__(self) -> None:
        super().__init__()


def made() -> list[Bucket]:
    return [Bucket() for _ in range(1)]


def test_the_nearest_position_is_the_sdks_own() -> None:
    (usual,) = made()
    with nearest_positions():
        (ours,) = made()
    assert ours.position == usual.position
    assert len(ours.trace.frames) == 1 < len(usual.trace.frames)


def test_the_sdk_is_left_as_it_was() -> None:
    with nearest_positions():
        pass
    assert sdk._get_stack_trace.__module__ == sdk.__name__
