"""The page's modules, joined into one script."""

from __future__ import annotations

import re

import pytest

from chatcore.server.incoming.page_bundle import join_modules
from chatcore.server.incoming.page_edition import SOURCES


def test_each_module_appears_once_after_its_imports() -> None:
    joined = join_modules(
        {
            "app.js": 'import { b } from "./a/b.js";\nimport {\n  c,\n  d as e,\n} from "./c.js";\n'
            'import "./a/side.js";\nb(c, e);\n',
            "a/b.js": 'import { c } from "../c.js";\n\nexport function b() {\n  return c;\n}\n',
            "a/side.js": "begin();\n",
            "c.js": "export const c = 1;\nexport async function d() {}\nexport class E {}\n",
            "unused.js": "never();\n",
        },
        "app.js",
    )
    assert joined == (
        "const m0=(()=>{\nconst c = 1;\nasync function d() {}\nclass E {}\nreturn{c,d,E};\n})();\n"
        "const m1=(()=>{\nconst {c}=m0;\nfunction b() {\nreturn c;\n}\nreturn{b};\n})();\n"
        "const m2=(()=>{\nbegin();\nreturn{};\n})();\n"
        "const m3=(()=>{\nconst {b}=m1;\nconst {c, d : e,}=m0;\n\nb(c, e);\nreturn{};\n})();\n"
    )


def test_comments_on_their_own_lines_are_left_out() -> None:
    text = '/**\n * import { x } from "./x.js";\n */\n// one\nlet a = "//"; // stays\n  /* and\n another */\na = 1;\n'
    assert join_modules({"a.js": text}, "a.js") == (
        'const m0=(()=>{\nlet a = "//"; // stays\na = 1;\nreturn{};\n})();\n'
    )


def test_code_after_a_comment_is_kept() -> None:
    text = "/** @type {X} */ (a).b();\nlet c;\n/** what it does */\nc = 1;\n"
    assert "/** @type {X} */ (a).b();\nlet c;\nc = 1;\n" in join_modules({"a.js": text}, "a.js")


@pytest.mark.parametrize(
    "text",
    [
        "export let a = 1;",
        "export default 1;",
        "export { a };",
        'export * from "./b.js";',
        'export { a } from "./b.js";',
        'import a from "./b.js";',
        'import * as a from "./b.js";',
        'import { a } from "b";',
        'const a = await import("./b.js");',
        "const here = import.meta.url;",
        "const a = `\nexport const b = 1;\n`;",
        'import { a } from "./nothing.js";',
        'import { a } from "./app.js";',
        'import { b } from "./circle.js";',
    ],
)
def test_unsupported_syntax_is_refused(text: str) -> None:
    scripts = {"app.js": text, "b.js": "", "circle.js": 'import { a } from "./app.js";\n'}
    with pytest.raises(ValueError, match=r"app\.js|circle\.js"):
        join_modules(scripts, "app.js")


def test_the_modules_of_the_page_can_be_joined() -> None:
    scripts = {name: source.decode() for name, source in SOURCES.items() if name.endswith(".js")}
    joined = join_modules(scripts, "app.js")
    assert re.findall(r"^(?:import|export) .*", joined, re.MULTILINE) == []
    numbers = re.findall(r"^const m(\d+)=", joined, re.MULTILINE)
    assert numbers == list(map(str, range(len(numbers))))
    assert len(numbers) > 40
