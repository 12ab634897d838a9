"""Files and functions stay short enough to be read at once."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "src" / "trunkline" / "kernel"
CODE_FOLDERS = ("src", "tests", "tools", "bench")
CODE_SUFFIXES = {".py", ".sql", ".html", ".js"}

KERNEL_LINES = 3_500
KERNEL_FILE_LINES = 600
FILE_LINES = 400
FUNCTION_LINES = 60
DECISION_LINES = 40


def code_files(*suffixes: str) -> list[Path]:
    """Our own files with one of the suffixes; what others wrote lies in folders named vendor."""
    return sorted(
        path
        for folder in CODE_FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in suffixes and "vendor" not in path.parts
    )


def count_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def long_functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Name, first line and length of every function over the limit."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.name, node.lineno, length


def test_files_keep_to_their_limit() -> None:
    too_long = []
    for path in code_files(*CODE_SUFFIXES):
        limit = KERNEL_FILE_LINES if KERNEL in path.parents else FILE_LINES
        if (lines := count_lines(path)) > limit:
            too_long.append(f"{path.relative_to(ROOT)}: {lines} lines, at most {limit}")
    assert not too_long, "\n".join(too_long)


def test_functions_keep_to_their_limit() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}:{line}: {name} has {length} lines, at most {FUNCTION_LINES}"
        for path in code_files(".py")
        for name, line, length in long_functions(path.read_text(encoding="utf-8"))
    ]
    assert not too_long, "\n".join(too_long)


@pytest.mark.parametrize("statements,found", [(59, 0), (60, 1)])
def test_a_function_is_measured_with_its_first_line(statements: int, found: int) -> None:
    source = "def walk():\n" + "    step = 1\n" * statements
    assert len(list(long_functions(source))) == found


def test_the_kernel_stays_small() -> None:
    lines = {path.name: count_lines(path) for path in KERNEL.rglob("*.py")}
    assert sum(lines.values()) <= KERNEL_LINES, lines


def test_package_files_are_empty() -> None:
    filled = [
        str(path.relative_to(ROOT))
        for path in code_files(".py")
        if path.name == "__init__.py" and path.stat().st_size > 0
    ]
    assert not filled


def test_decisions_are_numbered_and_short() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*"))
    wrong = [
        f"{path.name}: {count_lines(path)} lines"
        for path in records
        if not re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", path.name)
        or count_lines(path) > DECISION_LINES
    ]
    assert not wrong, "\n".join(wrong)
    numbers = [path.name[:4] for path in records]
    assert len(numbers) == len(set(numbers)), "two decision records share a number"
