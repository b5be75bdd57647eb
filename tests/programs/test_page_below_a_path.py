"""The page in a browser, below a path of a site that nginx serves over TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs.proxies import PASSWORD, certificate, nginx
from tests.support.browser import Company, Person, chromium, expect
from tests.support.ports import LOOPBACK, free_ports
from tests.support.trackers import hosted_tracker

_SITE = """
server {{
    listen {port} ssl;
    ssl_certificate {pem};
    ssl_certificate_key {pem};
    location /chat/ {{
        proxy_pass http://tracker/;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
    }}
}}
upstream tracker {{ server {tracker}; keepalive 8; }}
map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
"""


@pytest.fixture
def ann(program: Callable[[str], Path], tmp_path: Path) -> Iterator[Person]:
    """A person who has come in through nginx."""
    (port,) = free_ports(1)
    with hosted_tracker(tmp_path, PASSWORD, trusted_proxies=(LOOPBACK,)) as hosted:
        here = {"port": f"{LOOPBACK}:{port}", "pem": certificate(tmp_path), "tracker": f"{LOOPBACK}:{hosted.port}"}
        with nginx(program, tmp_path, port, _SITE.format(**here)), chromium() as browser:
            company = Company(browser)
            ann = company.person(f"https://localhost:{port}/chat")
            ann.enter("ann", PASSWORD, fragment="#room=dev")
            yield ann
            company.leave()


def test_a_person_talks_goes_back_and_reloads(ann: Person) -> None:
    ann.say("through nginx")
    ann.expect_said("through nginx")
    ann.join("tea")
    ann.page.go_back()
    expect(ann.page.locator("#room-name")).to_have_text("#dev")
    ann.page.reload()
    expect(ann.page.locator("#room-name")).to_have_text("#dev")
    ann.expect_said("through nginx")
    assert {url for url in ann.requests if not url.startswith(f"{ann.url}/")} == set()
