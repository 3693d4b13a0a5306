"""A build tells its steps, its compilation's progress and its last words."""

from infra.images.steps import BuildOutput


def _lines(output: BuildOutput, text: str) -> list[str]:
    return output.follow({"stream": text})


def test_each_step_is_one_line() -> None:
    output = BuildOutput("redis")
    assert _lines(output, "Step 2/8 : RUN  one \\\n") == ["redis 2/8: RUN one"]


def test_a_long_step_is_shortened() -> None:
    line = _lines(BuildOutput("redis"), f"Step 2/8 : RUN {'x' * 200}")[0]
    assert len(line) < 90
    assert line.endswith("...")


def test_other_output_is_silent() -> None:
    assert _lines(BuildOutput("redis"), "Selecting previously unselected package tzdata.\n") == []


def test_compiled_packages_are_counted_in_hundreds() -> None:
    output = BuildOutput("minio-server")
    assert _lines(output, "packages: 250\n") == ["minio-server: 250 packages to compile"]
    told = [line for number in range(250) for line in _lines(output, f"example/{number}\n")]
    assert told == [f"minio-server: compiled {count} of 250 packages" for count in (100, 200)]


def test_the_next_step_ends_the_counting() -> None:
    output = BuildOutput("minio-server")
    _lines(output, "packages: 100\n")
    _lines(output, "Step 9/10 : FROM scratch\n")
    assert [line for number in range(150) for line in _lines(output, f"line {number}\n")] == []


def test_an_error_keeps_the_output_before_it() -> None:
    output = BuildOutput("postgres")
    for number in range(50):
        _lines(output, f"line {number}\n")
    output.follow({"error": "The command returned a non-zero code: 100"})
    assert output.error == "The command returned a non-zero code: 100"
    assert output.last_lines.splitlines()[-1] == "line 49"
    assert len(output.last_lines.splitlines()) < 20
