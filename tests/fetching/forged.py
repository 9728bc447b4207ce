"""Addresses that lead astray, and what has to become of a fetch of each."""

from collections.abc import Sequence

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.0x0.0x0.0x1",
    "0177.0.0.1", "017700000001", "00000177.1", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.",
    "127。0。0。1", "１２７.0.0.1", "①②⑦.0.0.1", "ｌocalhost",  # noqa: RUF001
    "127%2e0.0.1", "loc%61lhost", "127.0.0.1%00.public.test",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::1%25lo]", "[::1%lo]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]", "[64:ff9b:1:7f00:0:100::]", "[2002:7f00:1::1]", "[2606:4700::5efe:127.0.0.1]",
    "0.0.0.0", "0", "0x0", "[::]", "public.test@127.0.0.1", "127.0.0.1\\@public.test", "127.0.0.1:80@public.test",
]  # fmt: skip
METADATA = [
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.16689662",
    "169.254.169.254.", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]", "[fe80::a9fe:a9fe%25lo]", "[fe80::1]", "[fd00:ec2::254]", "[fd20:ce::254]",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "metadata.test",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "198.18.0.1", "[fd00::1]", "[fec0::1]", "[2001:db8::1]",
    "224.0.0.1", "255.255.255.255", "[ff02::1]", "private.test", "mixed.test", "mixed6.test", "loopback6.test",
]  # fmt: skip
SCHEMES = [
    "file:///etc/passwd", "FILE:/etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:6379/info",
    "ftp://127.0.0.1/a.jpg", "ldap://127.0.0.1/", "jar:http://public.test!/a", "data:image/png;base64,iVBORw0KGgo=",
    "javascript:alert(1)", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun/a", "//public.test/ok",
    "/ok", "ok", "", " ", "http:public.test", "http:/public.test", "http://", "http:///ok", "http://[::1", "http://[]/",
    "http://public.test:0/", "http://public.test:65536/", "http://public.test:80:80/", "http://user@public.test/ok",
    "http://public.test\r\nHost: private.test/", "http://public.test/\nok\r\n", "http://a..b/", "http://.public.test/",
    "http://" + "a" * 64 + ".test/", "http://" + "a." * 200 + "test/", "http://public.test/" + "a" * 9000,
]  # fmt: skip

# What the server at every address says of these paths; each of them is a redirect.
REDIRECTS: dict[str, str] = {
    "to-loopback": "http://127.0.0.1/ok",
    "to-loopback6": "http://[::1]/ok",
    "to-metadata": "http://169.254.169.254/latest/meta-data",
    "to-a-number": "http://2852039166/ok",
    "to-private": "//10.0.0.1/ok",
    "to-a-name": "http://private.test/ok",
    "to-credentials": "http://user:secret@public.test/ok",
    "to-file": "file:///etc/passwd",
    "to-gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "to-data": "data:image/png;base64,iVBORw0KGgo=",
    "to-nothing": "",
    "to-itself": "/to-itself",
    "to-two": "/to-two-back",
    "to-two-back": "/to-two",
    "to-nonsense": "http://[::1",
    "to-bytes": "http://\xff\xfe/ok",
    "to-length": "http://public.test/" + "a" * 9000,
}
REFUSED: Sequence[str] = [
    *(f"http://{host}/ok" for host in (*LOOPBACK, *METADATA, *PRIVATE)),
    *SCHEMES,
    *(f"http://public.test/{name}" for name in REDIRECTS),
]
TAKEN: Sequence[str] = [
    "http://93.184.216.34/ok",
    "http://1572395042/ok",
    "http://[2606:2800:220:1::1]/ok",
    "http://[::ffff:93.184.216.34]/ok",
    "http://public.test/ok",
    "http://PUBLIC.test./ok",
    "http://public6.test/ok",
    "http://public.test/on",
    "  http://public.test/ok#fragment\n",
]
# What servers do badly, and the reason that is told.
ANSWERS: dict[str, str] = {
    "silent": "timeout",
    "dribbling-head": "timeout",
    "dribbling-body": "timeout",
    "endless": "size",
    "endless-head": "connection",
    "endless-interim": "timeout",
    "long-head": "connection",
    "shorter": "connection",
    "longer": "",
    "negative": "connection",
    "two-lengths": "connection",
    "no-number": "connection",
    "huge-chunk": "connection",
    "bad-chunk": "connection",
    "endless-chunks": "size",
    "not-http": "connection",
    "closing": "connection",
    "status": "status",
    "partial": "status",
}
