"""A terminal for tests: takes a program's output, and shows what a person would see.

It knows the escape sequences that the client's screen uses; it has no last row, so that scrolled lines are kept.
"""

import re

_TOKEN = re.compile(
    r"\x1b\[(?P<params>[0-9;?]*)(?P<final>[A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>]|(?P<control>[\r\n\b\x07])|(?P<text>[^\x1b\r\n\b\x07])"
)
_INCOMPLETE = re.compile(r"\x1b(?:\[[0-9;?]*|\][^\x07\x1b]*\x1b?)?\Z")


class Emulator:
    """Lines of text with a cursor. `feed` may cut sequences anywhere."""

    def __init__(self, columns: int) -> None:
        self.cursor_requests = 0
        """How often the program has asked where the cursor is."""
        self._columns = columns
        self._rows: list[list[str]] = [[]]
        self._row = 0
        self._column = 0
        self._rest = ""

    @property
    def lines(self) -> list[str]:
        """All lines, without trailing spaces."""
        return ["".join(row).rstrip() for row in self._rows]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def feed(self, text: str) -> None:
        """Process some of the program's output."""
        text = self._rest + text
        incomplete = _INCOMPLETE.search(text)
        self._rest = text[incomplete.start() :] if incomplete else ""
        for token in _TOKEN.finditer(text, 0, len(text) - len(self._rest)):
            if token["text"]:
                self._put(token["text"])
            elif token["control"]:
                self._control(token["control"])
            elif token["final"]:
                self._sequence(token["params"], token["final"])

    def _put(self, character: str) -> None:
        if self._column >= self._columns:
            self._row, self._column = self._row + 1, 0
        row = self._current_row()
        row.extend(" " * (self._column + 1 - len(row)))
        row[self._column] = character
        self._column += 1

    def _control(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row += 1
        elif character == "\b":
            self._column = max(0, self._column - 1)
        self._current_row()

    def _sequence(self, params: str, final: str) -> None:
        count = int(params) if params.isdigit() else 1
        if final == "A":
            self._row = max(0, self._row - count)
        elif final == "B":
            self._row += count
        elif final == "C":
            self._column += count
        elif final == "D":
            self._column = max(0, self._column - count)
        elif final in "JK":
            del self._current_row()[self._column :]
            if final == "J":
                del self._rows[self._row + 1 :]
        elif final == "n":
            self.cursor_requests += 1

    def _current_row(self) -> list[str]:
        self._rows.extend([] for _ in range(self._row + 1 - len(self._rows)))
        return self._rows[self._row]
