"""What the tests of the screen look at."""

import io
from collections.abc import Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input

from tests.terminal.screen.keyboard import COLUMNS, Output, Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    text = io.StringIO()
    output = Output(text, lambda: Size(rows=24, columns=COLUMNS), enable_cpr=False)
    with create_pipe_input() as keys, create_app_session(input=keys, output=output):
        yield Terminal(keys, text, output)
