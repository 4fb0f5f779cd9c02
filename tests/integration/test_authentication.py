"""How clients prove who they are, and how Understudy proves it to the servers."""

import json
import pathlib
import socket
import struct
import subprocess
import tempfile

import pymysql
import pytest
import sql
from certificates import Certificates
from conftest import NODE, ROOT
from lone_server import LoneServer
from understudy import Understudy
from waiting import free_ports, wait_until


@pytest.fixture(scope="module")
def certificates():
    with tempfile.TemporaryDirectory(prefix="understudy-tls-") as folder:
        made = Certificates(folder)
        made.issue("server")
        yield made


@pytest.fixture(scope="module")
def cluster(cluster):
    words = cluster.flavour
    if words.name == "mariadb":
        found = subprocess.run([ROOT / "tools" / "get_mariadb_plugins.sh"], capture_output=True,
                               text=True, timeout=300)
        assert found.returncode == 0, found.stderr
        cluster.configure(f"plugin_dir={found.stdout.strip()}", "plugin_load_add=auth_ed25519")
        # An account without a password cannot log in to a server either.
        cluster.execute_as_root("CREATE USER modern_bare@'%' IDENTIFIED VIA ed25519", "db1")
    else:
        cluster.configure("plugin_load_add=auth_socket.so")
    cluster.execute_as_root(
        f"CREATE USER modern@'%' IDENTIFIED {words.modern('new secret')}; CREATE USER bare@'%';"
        "CREATE USER closed@'%' IDENTIFIED BY 'x' ACCOUNT LOCK;"
        "CREATE USER stale@'%' IDENTIFIED BY 'x' PASSWORD EXPIRE;"
        f"CREATE USER socketed@'%' IDENTIFIED {words.socket_account};"
        "CREATE USER near@'127.0.0.2' IDENTIFIED BY 'x';"
        "CREATE USER near@'127.0.0.1' IDENTIFIED BY 'x';"
        f"CREATE USER changing@'%' IDENTIFIED {words.modern('first')}", "db1")
    cluster.wait_for_replicas()
    return cluster


@pytest.fixture(scope="module")
def settings(certificates):
    return {"listen": {"tls": {"certificate": certificates.certificate("server"),
                               "key": certificates.key("server")}}}


@pytest.fixture(params=["plain", "tls"])
def channel(request, certificates):
    """PyMySQL's options for a connection of either kind."""
    return {} if request.param == "plain" else {"ssl": {"ca": str(certificates.ca)}}


def refused(understudy, **options):
    with pytest.raises(pymysql.MySQLError) as caught:
        understudy.connect(**options)
    return caught.value.args


def test_an_account_whose_password_is_asked_for(cluster, understudy, channel):
    for _ in range(3):  # asked for the password, and then for a proof of it
        with understudy.session(user="modern", password="new secret", **channel) as client:
            for server in cluster.names:
                assert sql.value(
                    client, f"/* understudy: server({server}) */ SELECT CURRENT_USER()"
                ) == "modern@%"
    assert refused(understudy, user="modern", password="old secret", **channel)[0] == 1045
    assert refused(understudy, user="modern", password="", **channel)[0] == 1045


def test_the_mariadb_client(understudy, certificates, channel):
    tls = [f"--ssl-ca={certificates.ca}", "--ssl-verify-server-cert"] if channel else ["--skip-ssl"]
    command = ["mariadb", "--no-defaults", "--protocol=TCP", "-h", "127.0.0.1", "-P",
               str(understudy.port), "-u", "modern", *tls, "-N", "-e", "SELECT CURRENT_USER()"]
    done = subprocess.run([*command, "-pnew secret"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "modern@%"
    done = subprocess.run([*command, "-pwrong"], capture_output=True, text=True, timeout=60)
    assert "ERROR 1045 (28000): Access denied for user 'modern'@'127.0.0.1'" in done.stderr


def test_mysql2(node, understudy, certificates, channel):
    done = subprocess.run([node, "tls.mjs", str(understudy.port),
                           str(certificates.ca) if channel else "", "modern", "new secret"],
                          cwd=NODE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"who": "modern@%", "sum": 42}


def test_no_password(understudy, channel):
    with understudy.session(user="bare", password="", **channel) as client:
        assert sql.value(client, "SELECT CURRENT_USER()") == "bare@%"
    for user, password in [("bare", "x"), ("modern_bare", ""), ("modern_bare", "x")]:
        assert refused(understudy, user=user, password=password, **channel)[0] == 1045


def test_nobody_is_told_who_exists(understudy, channel):
    said = {user: refused(understudy, user=user, password="wrong", **channel)
            for user in ("app", "modern", "nobody", "somebody", "closed", "stale")}
    assert {(code, text.replace(user, "USER")) for user, (code, text) in said.items()} == {
        (1045, "Access denied for user 'USER'@'127.0.0.1' (using password: YES)")}


def test_locked_expired_and_strange_accounts(cluster, understudy):
    code, message = refused(understudy, user="closed", password="x")
    assert (code, message) == (4151, "Access denied, this account is locked")
    assert refused(understudy, user="stale", password="x")[0] == 1862
    code, message = refused(understudy, user="socketed", password="x")
    assert code == 1251 and cluster.flavour.socket_account.split()[1] in message


def test_hosts_are_the_clients_own(understudy):
    for host in ("127.0.0.1", "127.0.0.2"):
        with understudy.session(user="near", password="x", bind_address=host) as client:
            # The server sees where Understudy is.
            assert sql.value(client, "SELECT CURRENT_USER()") == "near@127.0.0.1"
    code, message = refused(understudy, user="near", password="x", bind_address="127.0.0.3")
    assert code == 1045 and "'near'@'127.0.0.3'" in message


def test_a_changed_password(cluster, understudy, channel):
    passwords = ("second", "third") if channel else ("first", "second")

    def enters(password):
        try:
            with understudy.session(user="changing", password=password, **channel) as client:
                return sql.value(client, "SELECT 1") == 1
        except pymysql.MySQLError as error:
            assert error.args[0] == 1045
            return False

    assert enters(passwords[0])
    cluster.execute_as_root("ALTER USER changing@'%' IDENTIFIED "
                            + cluster.flavour.modern(passwords[1]), "db1")
    wait_until(lambda: enters(passwords[1]), what="the new password is right")
    assert not enters(passwords[0])


# --- towards a server of the other flavour ---

@pytest.fixture(scope="module")
def mysql():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="understudy-mysql-"))
    port = free_ports()
    with LoneServer("mysql", folder, "--skip-networking=0", f"--port={port}",
                    "--bind-address=127.0.0.1") as server:
        server.address = f"127.0.0.1:{port}"
        yield server
    subprocess.run(["rm", "-rf", folder], check=True)


@pytest.fixture
def probe(binary, mysql):
    """Logs in to it as Understudy does, after forgetting who has proved what."""
    program = pathlib.Path(binary).resolve().parent / "tests" / "login_probe"
    with mysql.connect() as root:
        sql.execute(root, "DROP USER IF EXISTS app, open")
        sql.execute(root, "CREATE USER app IDENTIFIED WITH caching_sha2_password BY 'secret'")
        sql.execute(root, "CREATE USER open IDENTIFIED WITH caching_sha2_password BY ''")
        sql.execute(root, "FLUSH PRIVILEGES")

    def run(*arguments, address=mysql.address):
        asked = "SELECT CONCAT(CURRENT_USER(), ' ', COALESCE(VARIABLE_VALUE, '')) " \
                "FROM performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_version'"
        done = subprocess.run([program, address, *arguments[:2], asked, *arguments[2:]],
                              capture_output=True, text=True, timeout=60)
        return done.stdout.strip()

    return run


def test_caching_sha2_password_with_an_rsa_key(probe):
    assert probe("app", "secret") == "app@%"  # the password itself
    assert probe("app", "secret") == "app@%"  # a proof of it
    assert "Access denied" in probe("app", "wrong")


def test_caching_sha2_password_over_tls(mysql, probe):
    ca = str(mysql.folder / "data" / "ca.pem")
    assert probe("app", "secret", "--ca", ca, "--verify", "ca") == "app@% TLSv1.3"
    assert probe("app", "secret", "--tls", "--verify", "none") == "app@% TLSv1.3"
    # MySQL makes its own certificates, which name no host.
    assert "not accepted" in probe("app", "secret", "--ca", ca)


def test_caching_sha2_password_over_a_unix_socket(mysql, probe):
    assert probe("app", "secret", address=f"unix:{mysql.socket}") == "app@%"


def test_caching_sha2_password_without_one(probe):
    assert probe("open", "") == "open@%"
    assert "Access denied" in probe("open", "x")


def test_what_mysql_native_password_shows_is_not_enough(probe):
    assert "caching_sha2_password" in probe("app", "secret", "--sha1")


# --- other ways in ---

@pytest.fixture(scope="module")
def behind(binary, cluster):
    """One more, which takes PROXY headers from one address, and listens at a Unix socket."""
    address = f"unix:{cluster.directory}/understudy.sock"
    proxy = Understudy(binary, cluster, {})
    text = proxy.config.read_text()
    proxy.config.write_text(text.replace(
        f'address = "127.0.0.1:{proxy.port}"',
        f'address = ["127.0.0.1:{proxy.port}", "{address}"]\n'
        'proxy_protocol_networks = ["127.0.0.4/31"]'))
    with proxy:
        yield proxy


def version2(source):
    addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack(">HH", 1, 2)
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H", len(addresses)) + addresses


def connect_with(proxy, header, bind="127.0.0.4", **options):
    stream = socket.create_connection(("127.0.0.1", proxy.port), 10, (bind, 0))
    stream.sendall(header)
    client = pymysql.connect(defer_connect=True, autocommit=True, **options)
    try:
        client.connect(stream)
    finally:
        if not client.open:
            stream.close()
    return client


@pytest.mark.parametrize("header", [b"PROXY TCP4 127.0.0.2 127.0.0.1 4000 3306\r\n",
                                    version2("127.0.0.2")], ids=["version1", "version2"])
def test_the_proxy_protocol(behind, header):
    client = connect_with(behind, header, user="near", password="x")
    assert sql.value(client, "SELECT CURRENT_USER()") == "near@127.0.0.1"
    client.close()
    with pytest.raises(pymysql.MySQLError) as caught:
        connect_with(behind, header, user="near", password="wrong")
    assert "'near'@'127.0.0.2'" in caught.value.args[1]
    with pytest.raises(pymysql.MySQLError) as caught:  # from elsewhere
        connect_with(behind, header, bind="127.0.0.9", user="near", password="x")
    assert caught.value.args[0] in (1156, 2013)
    with behind.session(bind_address="127.0.0.5") as client:  # without a header
        assert sql.value(client, "SELECT 1") == 1


def test_the_proxy_protocol_of_haproxy(behind, tmp_path):
    port = free_ports()
    config = tmp_path / "haproxy.cfg"
    config.write_text(f"defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n"
                      f"  timeout server 60s\nlisten l\n  bind 127.0.0.1:{port}\n"
                      f"  source 127.0.0.5\n  server s 127.0.0.1:{behind.port} send-proxy-v2\n")
    process = subprocess.Popen(["haproxy", "-db", "-f", config])
    try:
        def connects():
            try:
                return sql.connect(port, user="near", password="x", bind_address="127.0.0.2")
            except pymysql.MySQLError as error:
                assert error.args[0] in (2003, 2013)
                return None

        client = wait_until(connects, what="HAProxy serves")
        assert sql.value(client, "SELECT CURRENT_USER()") == "near@127.0.0.1"
        client.close()
    finally:
        process.terminate()
        process.wait(30)


def test_a_unix_socket(cluster, behind):
    """Nobody can listen there: what is sent is the password itself."""
    path = f"{cluster.directory}/understudy.sock"
    for user, password in [("app", "app"), ("modern", "new secret")]:
        client = pymysql.connect(unix_socket=path, user=user, password=password)
        assert sql.value(client, "SELECT 1") == 1
        client.close()
    with pytest.raises(pymysql.MySQLError) as caught:
        pymysql.connect(unix_socket=path, user="near", password="x")
    assert "'near'@'localhost'" in caught.value.args[1]
