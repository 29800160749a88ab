"""Where webhooks may not point, by all the ways there are to write it."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from apps.common.errors import InvalidInput
from apps.webhooks.addresses import may_be_reached, parse_url
from apps.webhooks.http import check_url
from tests.api.native.http import data, get, patch, post, refusal
from tests.factories.cast import Cast
from tests.unit.webhooks.names import FIXED, SLOW

HOOKS = "/projects/acme/vision/webhooks"

FORBIDDEN_HOSTS = [
    # Loopback, in every notation that some C library reads.
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1",
    "017700000001", "127.0.0.01", "127.000.000.001", "00000127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]",
    "0", "0.0.0.0", "[::]", "0x0", "00",
    # IPv4 inside IPv6.
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]",
    "[64:ff9b::a00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::]",
    "[2002:c0a8:101::1]", "[2001:0:53aa:64c:0:fbfd:f5ff:fffe]",
    # Private, shared and reserved.
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "192.0.0.1", "192.0.2.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[ff02::1]",
    "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[2001:20::1]",
    # Metadata of clouds.
    "169.254.169.254", "0xa9fea9fe", "2852039166", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518",
    "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "169.254.170.2",
]  # fmt: skip

FORBIDDEN_URLS = [
    "http://93.184.215.14/", "ftp://93.184.215.14/", "file:///etc/passwd", "gopher://93.184.215.14/", "//93.184.215.14/",
    "93.184.215.14", "https:93.184.215.14", "https:///path", "https://", "", "javascript:alert(1)", "unix:///run/x.sock",
    "https://user@93.184.215.14/", "https://user:word@93.184.215.14/", "https://93.184.215.14@127.0.0.1/",
    "https://@93.184.215.14/", "https://93.184.215.14#@127.0.0.1/", "https://93.184.215.14/#part",
    "https://93.184.215.14\\@127.0.0.1/", "https://93.184.215.14:22/", "https://93.184.215.14:80/",
    "https://93.184.215.14:0/", "https://93.184.215.14:65536/", "https://93.184.215.14:-1/", "https://93.184.215.14:x/",
    "https://93.184.215.14 /", " https://93.184.215.14/", "https://93.184.215.14/\n", "https://93.184.215.14/a\r\nX-Evil: 1",
    "https://93.184.215.14/\t", "https://\u2460\u2461\u2466.0.0.1/", "https://\uff11\uff12\uff17.0.0.1/",
    "https://127\u30020\u30020\u30021/", "https://b\u00fccher.example/", "https://good.example./", "https://-a.example/",
    "https://a..example/", "https://a%2eexample/", "https://[::1/", "https://::1/", "https://[good.example]/",
    "https://[v1.x]/", "https://good.example/" + "x" * 2_050,
]  # fmt: skip


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    settings.WEBHOOKS_RESOLVER = FIXED


@pytest.mark.parametrize("host", FORBIDDEN_HOSTS)
def test_a_forbidden_host_is_refused(host: str) -> None:
    for port in ("", ":8443"):
        with pytest.raises(InvalidInput) as refused:
            check_url(f"https://{host}{port}/hook")
        assert (refused.value.code, refused.value.field) == ("invalid_webhook_url", "url")


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_a_url_that_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_url(url)
    assert refused.value.code == "invalid_webhook_url"


@pytest.mark.parametrize("name", ["inside", "half", "metadata", "mapped", "empty", "nowhere"])
def test_names_of_forbidden_and_of_no_addresses_are_refused_alike(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_url(f"https://{name}.example/")
    assert refused.value.message == "Invalid webhook URL: its host has no public address."


def test_a_name_server_that_takes_its_time_is_not_waited_for(settings: Settings) -> None:
    settings.WEBHOOKS_RESOLVER = SLOW
    settings.WEBHOOKS_DEADLINE_SECONDS = 1
    with pytest.raises(InvalidInput, match="no public address"):
        check_url("https://good.example/")


def test_public_addresses_are_accepted() -> None:
    for url in (
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/a/b?c=d&e",
        "https://[64:ff9b::5db8:d70e]/",
        "https://good.example",
        "https://GOOD.example:443/",
        "HTTPS://two.example:1024/x",
    ):
        check_url(url)


def test_the_parts_of_a_url() -> None:
    target = parse_url("https://[2606:2800:21F::1]:8443/a?b=c")
    assert (target.host, target.port, target.path) == ("2606:2800:21f::1", 8443, "/a?b=c")
    assert target.host_header == "[2606:2800:21f::1]:8443"
    assert parse_url("https://good.example?x=1").path == "/?x=1"
    assert parse_url("https://Good.Example").host_header == "good.example"


def test_loopback_is_for_development_and_http_for_loopback(settings: Settings) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    check_url("http://127.0.0.1:8080/")
    check_url("https://[::1]:8080/")
    for url in ("http://93.184.215.14/", "https://10.0.0.1/", "https://[::ffff:127.0.0.1]/", "http://good.example/"):
        with pytest.raises(InvalidInput):
            check_url(url)
    assert not may_be_reached("no address")


def test_the_api_refuses_when_a_webhook_is_made_and_when_it_is_changed(cast: Cast) -> None:
    hook = {"name": "hook", "url": "https://169.254.169.254/latest", "events": ["run.finished"]}
    assert refusal(post(cast.owner, HOOKS, hook)) == (400, "invalid_webhook_url", "url")
    made = data(post(cast.owner, HOOKS, hook | {"url": "https://good.example/"}), 201)
    path = f"{HOOKS}/{made['webhook_id']}"
    assert refusal(patch(cast.owner, path, {"url": "https://inside.example/"})) == (400, "invalid_webhook_url", "url")
    assert data(get(cast.owner, path))["url"] == "https://good.example/"
