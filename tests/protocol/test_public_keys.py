"""Public keys of OpenSSH: which lines are usable keys, and how others are refused."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import InvalidKey
from chatcore.protocol.public_keys import KEY_TYPES, PublicKey, fingerprint, parse_file, parse_line
from tests.support.generated import PROPERTY

_ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIhDz4mVHf0iAgnzpGyrIy0yw5kZZxpNbYi2qwB8IbS9"
_NISTP256 = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBJgzlcW1648eFA2me0KXfxPUw+z9g95PvqaFdIxE0"
    "JRFcUV/8Ll9bkrp9yUBVmzVuW+e9dxULM/OoIP1BbBiYQU="
)
_NISTP384 = (
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBIN5FXFtO/mOuVX23LHoD9U/WGkcaemdpcxyudE9k"
    "QxtX/6N+Nf7LP1CrqHtMFo/Bdac6h/4+0MwLiNKIXNMfJd9pbCJ2lnFOdLV/Jj5drHiJQj5A2gZaXTxdDn+miq/5g=="
)
_NISTP521 = (
    "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBADRPWHhLx/cQnL9Gq1L/nrTADz/Es1I2Pi7oNw2M"
    "cTHvOYxVzkJMfZsH+0EymvwOccDtbVDCHoTXP3aU80BOTZ/kQFFxZFGUPTw5V1R2Yk6XGpjd33mafSqpPQy5wEKSEM0F9MhW7e7yEwq8JflYzawiH"
    "/BSfHnKlrr/A7ZGCkmH8NXFw=="
)
_RSA = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCkficUi1OVYbYo3hrPKzXFiYICHRmrgwD7kRU1ukcyNxOIT69OLXeOcuTjug2Gx548EmwHbT1QI"
    "F+8N+0voEKeHozNAfYC7BDHiRB28JPoYilDBM19HvkqdMoLi/IlYlmpbre1On+82JH9f//eC27GUaqmhZ0oeqW8GL3noJsks0/pbNVnvPkKlqGIjT"
    "eMHFN/mu1SesiXXNt0sRwmI5H4X/S1kzmrWI+/zWdQADoK2DJillwETkllX4FaC0KFjFnnyhrFqtfFURx/5nlMacJu8a9lG1ODCP3gaYBDciPleo1"
    "JLYG8e2kD8aYz1bif7Jgt7XZyQQ8V4/7kP16PVvbL"
)
_SHORT_RSA = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDNh3NSwngkcHZD3BRgUMP75/k3ncR2Z9/ai9zzk2ov30//2M6YmnB5le9Eu20iSFvbXT4rd9ZhK"
    "mMzA7UNpY6GIX5c/Pdd6pa3DSQwv8R1VRPRrQDHkXzwPER+eldNMTCIA2LppTgnu/THSJxKmyvWtdk5FDj337Q8vRIMxsou3w=="
)
_SK_ED25519 = (
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIhDz4mVHf0iAgnzpGyrIy0yw5kZZxpNbYi2qwB8Ib"
    "S9AAAABHNzaDo="
)
_SK_NISTP256 = (
    "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBJgzlc"
    "W1648eFA2me0KXfxPUw+z9g95PvqaFdIxE0JRFcUV/8Ll9bkrp9yUBVmzVuW+e9dxULM/OoIP1BbBiYQUAAAAEc3NoOg=="
)
# Made by ssh-keygen, except those of security keys; the fingerprints are its own.
_KEYS = {
    _ED25519: "SHA256:ur4RlNqGLfsy1E8Ru9b//exg9L6SaBcVANT7V1X956k",
    _NISTP256: "SHA256:QuO0cbaGiiyp+wpkNR1OUfkA414UB//sDa1kNk69fYU",
    _NISTP384: "SHA256:Tg3ahi/gSiY4hCC9+uM3qLBWDcDK7woIE0YMap9/xMs",
    _NISTP521: "SHA256:Efi2VfzbAfCtzUczGvtJKoOTLimZJmZjSqPtHN3XTfk",
    _RSA: "SHA256:/pmGl7Fe9nW1YWg2gkwl5ohzM6s7RygQe0peiml++6s",
    _SK_ED25519: "SHA256:znmFDwBNV934gXssHGB5LOGsTziVYTZ9LPUmAZCq8NI",
    _SK_NISTP256: "SHA256:BEoCy1UwhkWLITaPEcge2D9lEavTmoxHLCOh9uVN0iQ",
}
_CUT = "that key is not whole: copy it again, all in one line"


def _line(kind: str, *fields: bytes) -> str:
    blob = b"".join(len(field).to_bytes(4) + field for field in (kind.encode(), *fields))
    return f"{kind} {base64.b64encode(blob).decode()}"


@pytest.mark.parametrize(("line", "shown"), _KEYS.items(), ids=[line.partition(" ")[0] for line in _KEYS])
def test_each_type_is_read_written_and_shown_as_in_openssh(line: str, shown: str) -> None:
    key = parse_line(f"{line} ann@laptop")
    assert (key.type, key.comment) == (line.partition(" ")[0], "ann@laptop")
    assert key.line == f"{line} ann@laptop"
    assert key.fingerprint == fingerprint(key.blob) == shown


def test_each_type_has_an_example() -> None:
    assert sorted(line.partition(" ")[0] for line in _KEYS) == sorted(KEY_TYPES)


def test_a_comment_may_be_missing_and_may_have_words() -> None:
    assert parse_line(_ED25519) == parse_line(f" {_ED25519}\t")
    assert parse_line(_ED25519).line == _ED25519
    assert parse_line(f"{_ED25519}   Ann's  löve laptop \n").comment == "Ann's  löve laptop"


@pytest.mark.parametrize("comment", ["\x1b[2J", "x" * 201, "a\x07b", "a\u2028b"])
def test_a_comment_must_be_short_and_printable(comment: str) -> None:
    with pytest.raises(InvalidKey, match="a key's comment has at most 200 printable characters"):
        parse_line(f"{_ED25519} {comment}")


@pytest.mark.parametrize("line", _KEYS, ids=[line.partition(" ")[0] for line in _KEYS])
def test_a_truncated_changed_or_extended_key_is_refused(line: str) -> None:
    kind, encoded = line.split()
    blob = base64.b64decode(encoded)
    broken = [blob[:length] for length in range(len(blob))] + [blob + b"\0", blob + bytes(4), b"\1" + blob]
    for other in [base64.b64encode(each).decode() for each in broken] + [
        encoded + "=",
        encoded[:-1],
        encoded + "!",
        "é",
    ]:
        with pytest.raises(InvalidKey) as refused:
            parse_line(f"{kind} {other}")
        assert str(refused.value) == _CUT


@pytest.mark.parametrize(
    "line",
    [
        _line("ssh-ed25519", bytes(31)),
        _line("ssh-ed25519", bytes(32), b""),
        _line("ssh-ed25519") + " comment",
        "ssh-ed25519",
        _ED25519.replace("ssh-ed25519", "ssh-rsa"),
        _line("ecdsa-sha2-nistp256", b"nistp384", b"\4" + bytes(64)),
        _line("ecdsa-sha2-nistp256", b"nistp256", b"\2" + bytes(64)),
        _line("ecdsa-sha2-nistp256", b"nistp256", b"\4" + bytes(32)),
        _line("ecdsa-sha2-nistp521", b"nistp521", b""),
        _line("sk-ssh-ed25519@openssh.com", bytes(32), b""),
        _line("sk-ssh-ed25519@openssh.com", bytes(32)),
        _line("ssh-rsa", b"", b"\1" * 256),
        _line("ssh-rsa", b"\1", b"\1" * 256),
        _line("ssh-rsa", b"\2", b"\1" * 256),
        _line("ssh-rsa", b"\3", b"\0" + b"\1" * 256),
        _line("ssh-rsa", b"\3", b"\xff" * 256),
        _line("ssh-rsa", b"\3", b"\1" * 255 + b"\2"),
        _line("ssh-rsa", b"\3", b"\2" + b"\1" * 2048),
        _line("ssh-rsa", b"\3", b"\1" * 5000),
    ],
)
def test_a_key_that_does_not_fit_its_type_is_refused(line: str) -> None:
    with pytest.raises(InvalidKey) as refused:
        parse_line(line)
    assert str(refused.value) == _CUT


@pytest.mark.parametrize("bits", [2048, 16_384])
def test_the_smallest_and_largest_rsa_keys_are_accepted(bits: int) -> None:
    for e in (b"\3", b"\1\0\1"):
        assert parse_line(_line("ssh-rsa", e, b"\0\x80" + bytes(bits // 8 - 2) + b"\1")).type == "ssh-rsa"


_BETTER = "make another with ssh-keygen -t ed25519"
_IN_FRONT = "something stands in front of the key, as command= and from= do: that would not be heeded, leave it out"
_OTHER_TYPE = f"that is no public key of a type that can be used: {', '.join(KEY_TYPES)}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (_SHORT_RSA, f"an RSA key has at least 2048 bits, and this one has 1024: {_BETTER}"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACB me", f"DSA keys are too weak: {_BETTER}"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "that is a certificate: give the key that it is for"),
        (f"no-pty {_ED25519} me", _IN_FRONT),
        (f'command="echo ssh -p 1",from="10.0.0.*" {_RSA} me', _IN_FRONT),
        (f"cert-authority {_ED25519}", _IN_FRONT),
        (f"chat.example.org,192.0.2.1 {_ED25519}", _IN_FRONT),
        (f"restrict {_ED25519.replace('ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com')}", _IN_FRONT),
        ("no-pty ssh-dss AAAAB3NzaC1kc3MAAACB", _IN_FRONT),
        ("ssh-ed448 AAAA", _OTHER_TYPE),
        ("AAAAC3NzaC1lZDI1NTE5AAAAIIhDz4mVHf0iAgnzpGyrIy0yw5kZZxpNbYi2qwB8IbS9", _OTHER_TYPE),
        ("", _OTHER_TYPE),
    ],
)
def test_an_unusable_key_is_refused_with_advice(line: str, words: str) -> None:
    with pytest.raises(InvalidKey) as refused:
        parse_line(line)
    assert str(refused.value) == words


def test_a_file_gives_each_key_once_in_order() -> None:
    text = f"# mine\r\n{_RSA} first\r\n\r\n  {_ED25519} laptop  \n#{_NISTP256}\n{_RSA} again"
    assert parse_file(text) == [parse_line(f"{_RSA} first"), parse_line(f"{_ED25519} laptop")]


@pytest.mark.parametrize("text", ["", "\n \n", "# a comment\n"])
def test_a_file_without_a_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey, match=r"^there is no key in it$"):
        parse_file(text)


def test_the_bad_line_of_several_is_named() -> None:
    with pytest.raises(InvalidKey, match=r"^line 4: DSA keys are too weak"):
        parse_file(f"\n#\n{_RSA}\nssh-dss AAAA\n")
    with pytest.raises(InvalidKey, match=r"^DSA keys are too weak"):
        parse_file("\nssh-dss AAAA\n")


_PRIVATE_FORMATS = [
    (PrivateFormat.OpenSSH, ed25519.Ed25519PrivateKey.generate()),
    (PrivateFormat.PKCS8, ed25519.Ed25519PrivateKey.generate()),
    (PrivateFormat.TraditionalOpenSSL, ec.generate_private_key(ec.SECP256R1())),
]


@pytest.mark.parametrize(("form", "key"), _PRIVATE_FORMATS, ids=lambda each: getattr(each, "name", ""))
def test_a_private_key_is_refused_without_echoing_it(
    form: PrivateFormat, key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
) -> None:
    text = key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
    with pytest.raises(InvalidKey, match="private key, which nobody else may have: give its public half") as refused:
        parse_file(text)
    assert not set(text.splitlines()) & set(str(refused.value).split())


@pytest.mark.parametrize(
    "text",
    [
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
        f"{_ED25519}\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n",
    ],
)
def test_private_keys_of_other_programs_are_refused_too(text: str) -> None:
    with pytest.raises(InvalidKey, match="that is a private key"):
        parse_file(text)


def test_a_public_key_of_another_format_gets_advice_to_convert_it() -> None:
    with pytest.raises(InvalidKey, match="ssh-keygen -i -f FILE converts it"):
        parse_file('---- BEGIN SSH2 PUBLIC KEY ----\nComment: "ann"\nAAAAC3Nz\n---- END SSH2 PUBLIC KEY ----\n')


@PROPERTY
@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused_without_echoing_it(text: str) -> None:
    for candidate in (text, f"ssh-ed25519 {text}", f"{_ED25519} {text}"):
        keys, refusal = _outcome(candidate)
        assert refusal.isascii(), "most generated texts are not ASCII, so an echo shows"
        assert [parse_line(key.line) for key in keys] == keys


def _outcome(text: str) -> tuple[list[PublicKey], str]:
    try:
        return parse_file(text), ""
    except InvalidKey as error:
        return [], str(error)


@PROPERTY
@given(st.sampled_from(KEY_TYPES), st.binary(max_size=200))
def test_random_bytes_are_not_a_key(kind: str, garbage: bytes) -> None:
    with pytest.raises(InvalidKey, match=re.escape(_CUT)):
        parse_line(f"{kind} {base64.b64encode(garbage).decode()}")


@PROPERTY
@given(st.binary(min_size=32, max_size=32), st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=20))
def test_a_written_key_is_read_back(raw: bytes, comment: str) -> None:
    key = PublicKey(parse_line(_line("ssh-ed25519", raw)).blob, comment)
    assert parse_line(key.line) == key


def test_keys_of_another_library_are_read() -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert parse_line(line).line == line
    assert parse_line(line).blob.endswith(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
