"""TLS from clients: what they see, what is asked of them, and certificates that change."""

import json
import pathlib
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time

import flavours
import pymysql
import pymysql.cursors
import pytest
import sql
from certificates import Certificates
from conftest import NODE
from sanitized import is_sanitized
from understudy import Understudy
from waiting import wait_until


@pytest.fixture(scope="module")
def certificates():
    with tempfile.TemporaryDirectory(prefix="understudy-tls-") as folder:
        made = Certificates(folder)
        made.issue("server")
        made.issue("client", subject="/C=DE/O=Shop/CN=client")
        made.issue("other")
        yield made


@pytest.fixture(scope="module")
def settings(certificates):
    return {"listen": {"tls": {"certificate": certificates.certificate("server"),
                               "key": certificates.key("server"), "ca": str(certificates.ca)}}}


@pytest.fixture(scope="module", autouse=True)
def accounts(cluster):
    cluster.make_schema("tls")
    for name, need in [("any", "SSL"), ("x509", "X509"),
                       ("named", "SUBJECT '/C=DE/O=Shop/CN=client' AND ISSUER '/CN=authority'"),
                       ("stranger", "SUBJECT '/CN=somebody else'"),
                       ("cipher", "CIPHER 'TLS_AES_128_CCM_SHA256'")]:
        cluster.execute("db1", f"CREATE OR REPLACE USER tls_{name}@'%' IDENTIFIED BY 'x'")
        cluster.execute("db1", f"ALTER USER tls_{name}@'%' REQUIRE {need}")
    cluster.wait_for_replicas()


def tls(certificates, name=None, **options):
    """PyMySQL's options for a client that checks whom it talks to."""
    context = ssl.create_default_context(cafile=certificates.ca)
    if name is not None:
        context.load_cert_chain(certificates.certificate(name), certificates.key(name))
    return {"ssl": context, **options}


def refused(understudy, **options):
    with pytest.raises(pymysql.MySQLError) as caught:
        understudy.connect(**options)
    return caught.value.args[0]


def shown_certificate(understudy):
    """The serial number of what a new client is shown."""
    with understudy.session(**{"ssl": {"check_hostname": False}}) as client:
        return client._sock.getpeercert(binary_form=True)


def test_a_client_that_checks_the_server(understudy, certificates):
    with understudy.session(**tls(certificates)) as client:
        assert client._sock.version() == "TLSv1.3"
        assert sql.value(client, "SELECT 40 + 2") == 42
    with understudy.session() as client:  # as before
        assert not isinstance(client._sock, ssl.SSLSocket)


def test_the_mariadb_client(understudy, certificates):
    done = subprocess.run(
        ["mariadb", "--no-defaults", "--protocol=TCP", "-h", "127.0.0.1", "-P",
         str(understudy.port), "-u", "app", "-papp", f"--ssl-ca={certificates.ca}",
         "--ssl-verify-server-cert", "-N", "-e", r"\s", "-e", "SELECT 40 + 2"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Cipher in use is TLS_AES" in done.stdout and "42" in done.stdout


def test_mysql2(node, understudy, certificates):
    done = subprocess.run([node, "tls.mjs", str(understudy.port), str(certificates.ca), "app",
                           "app"], cwd=NODE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sum"] == 42


def test_much_goes_both_ways(understudy, certificates):
    with understudy.session(database="tls", **tls(certificates)) as client:
        text = "x" * 3_000_000
        assert sql.value(client, f"SELECT '{text}'") == text
        rows = sql.execute(client, "SELECT seq, REPEAT('y', 1000) FROM "
                               + flavours.chosen().numbers(20000))
        assert len(rows) == 20000 and rows[-1] == (20000, "y" * 1000)


def test_a_slow_reader_holds_its_server_up(binary, understudy, certificates):
    with understudy.session(**tls(certificates)) as first:
        sql.value(first, "SELECT 1")
    understudy.forget_memory_peak()
    before = understudy.memory_kb("VmHWM")
    client = understudy.connect(database="tls", cursorclass=pymysql.cursors.SSCursor,
                                **tls(certificates))
    cursor = client.cursor()
    cursor.execute("SELECT REPEAT('x', 1000000) FROM " + flavours.chosen().numbers(300))
    assert len(cursor.fetchone()[0]) == 1_000_000
    with understudy.session() as other:
        for _ in range(100):
            assert sql.value(other, "SELECT 1") == 1
    assert sum(len(row[0]) for row in cursor.fetchall()) == 299_000_000
    client.close()
    if not is_sanitized(binary):
        assert understudy.memory_kb("VmHWM") - before < 16 * 1024


def test_what_accounts_require(understudy, certificates):
    def logs_in(name, **options):
        try:
            with understudy.session(user=f"tls_{name}", password="x", **options):
                return True
        except pymysql.MySQLError as error:
            assert error.args[0] == 1045
            return False

    wait_until(lambda: logs_in("any", **tls(certificates)), what="the accounts are known")
    assert not logs_in("any")
    assert not logs_in("x509", **tls(certificates))
    assert logs_in("x509", **tls(certificates, "client"))
    assert logs_in("x509", **tls(certificates, "other"))
    assert logs_in("named", **tls(certificates, "client"))
    assert not logs_in("named", **tls(certificates, "other"))
    assert not logs_in("stranger", **tls(certificates, "client"))
    assert not logs_in("cipher", **tls(certificates, "client"))


def test_a_certificate_of_another_authority_ends_the_handshake(understudy, certificates):
    with tempfile.TemporaryDirectory() as folder:
        strangers = Certificates(folder)
        strangers.issue("client")
        context = tls(certificates)["ssl"]
        context.load_cert_chain(strangers.certificate("client"), strangers.key("client"))
        assert refused(understudy, ssl=context) in (2003, 2013)
    with understudy.session(**tls(certificates)) as client:
        assert sql.value(client, "SELECT 1") == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_are_refused(understudy, certificates):
    context = tls(certificates)["ssl"]
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    assert refused(understudy, ssl=context) == 2003
    context = tls(certificates)["ssl"]
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with understudy.session(ssl=context) as client:
        assert client._sock.version() == "TLSv1.2"
        assert sql.value(client, "SELECT 1") == 1


# --- clients that break it ---

def tls_request(sequence=1):
    capabilities = 1 << 9 | 1 << 11 | 1 << 15 | 1 << 19
    payload = struct.pack("<IIB23x", capabilities, 1 << 24, 45)
    return struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload


def ended(stream):
    """True once the peer has closed, whatever it said before; within 15 seconds."""
    stream.settimeout(15)
    try:
        while stream.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("follows", [b"\x00" * 400, b"\x16\x03\x01\xff\xff" + b"x" * 70000,
                                     b"\x0f\x00\x00\x00\x03SELECT 1", tls_request(2)],
                         ids=["zeros", "record", "command", "request"])
def test_garbage_in_place_of_a_handshake(understudy, follows):
    with socket.create_connection(("127.0.0.1", understudy.port), timeout=10) as raw:
        raw.recv(4096)
        raw.sendall(tls_request())
        raw.sendall(follows)
        assert ended(raw)
    with understudy.session() as client:
        assert sql.value(client, "SELECT 1") == 1


def test_a_command_in_the_clear_before_tls_is_never_run(understudy, certificates):
    """What was put in front of the handshake by somebody else must not count as the client's."""
    with socket.create_connection(("127.0.0.1", understudy.port), timeout=10) as raw:
        raw.recv(4096)
        raw.sendall(tls_request() + b"\x09\x00\x00\x00\x03SELECT 1")
        assert ended(raw)


def test_a_handshake_that_never_ends_does(understudy):
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", understudy.port), timeout=10) as raw:
        raw.recv(4096)
        raw.sendall(tls_request() + b"\x16\x03\x01\x02\x00\x01")
        assert ended(raw)
    assert 5 < time.monotonic() - started < 15
    wait_until(lambda: understudy.status()["clients"] == 0, what="no client is left")


# --- configuration ---

def test_required(binary, cluster, certificates, settings):
    tables = {**settings["listen"]["tls"], "required": True, "minimum_version": "1.3"}
    with Understudy(binary, cluster, {"listen": {"tls": tables}}) as proxy:
        assert refused(proxy) == 3159
        with proxy.session(**tls(certificates)) as client:
            assert sql.value(client, "SELECT 1") == 1
        context = tls(certificates)["ssl"]
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert refused(proxy, ssl=context) == 2003


def test_new_certificates_without_a_restart(binary, cluster, certificates):
    folder = certificates.folder / "renewed"
    folder.mkdir()
    files = {name: folder / name for name in ("certificate", "key")}

    def install(name):
        for kind, path in files.items():
            path.write_text(pathlib.Path(getattr(certificates, kind)(name)).read_text())

    install("server")
    tables = {name: str(path) for name, path in files.items()}
    with Understudy(binary, cluster, {"listen": {"tls": tables}}) as proxy:
        before = shown_certificate(proxy)
        with proxy.session(**tls(certificates)) as client:
            install("other")
            proxy._process.send_signal(signal.SIGHUP)
            wait_until(lambda: shown_certificate(proxy) != before, what="the new one is shown")
            assert sql.value(client, "SELECT 1") == 1
            renewed = shown_certificate(proxy)
            files["key"].write_text("no key")
            proxy._process.send_signal(signal.SIGHUP)
            wait_until(lambda: "reload_failed" in proxy.log(), what="the reload is refused")
            assert "listen.tls.key" in proxy.log()
            assert shown_certificate(proxy) == renewed
            assert sql.value(client, "SELECT 1") == 1


@pytest.mark.parametrize("key, value, words", [
    ("certificate", "missing.pem", "No such file"),
    ("key", "other.key", "does not belong to the certificate"),
    ("key", "server.pem", "no private key"),
    ("certificate", "server.key", "no certificate"),
    ("ca", "server.key", "no certificate of an authority"),
])
def test_what_is_wrong_with_a_file_is_named(binary, cluster, certificates, settings, key, value,
                                            words):
    tables = {**settings["listen"]["tls"], key: str(certificates.folder / value)}
    proxy = Understudy(binary, cluster, {"listen": {"tls": tables}})
    done = subprocess.run([binary, "check", "--config", proxy.config], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 2
    line = next(number for number, text in enumerate(proxy.config.read_text().splitlines(), 1)
                if text.startswith(f"{key} = ") and value in text)
    assert f"{proxy.config}:{line}: listen.tls.{key}: " in done.stderr.replace("\n", "")
    assert words in " ".join(done.stderr.split())
