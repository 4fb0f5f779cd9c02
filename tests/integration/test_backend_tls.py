"""TLS from Understudy to the servers."""

import subprocess
import tempfile

import pymysql
import pytest
import sql
from certificates import Certificates
from understudy import Understudy
from waiting import wait_until


@pytest.fixture(scope="module")
def certificates():
    with tempfile.TemporaryDirectory(prefix="understudy-tls-") as folder:
        made = Certificates(folder)
        made.issue("server")
        made.issue("understudy")
        yield made


@pytest.fixture(scope="module")
def cluster(cluster, certificates):
    cluster.configure(f"ssl_ca={certificates.ca}",
                      f"ssl_cert={certificates.certificate('server')}",
                      f"ssl_key={certificates.key('server')}")
    # Whatever connects without TLS fails from here on.
    cluster.execute_as_root("ALTER USER understudy@'%' REQUIRE SSL", "db1")
    cluster.execute_as_root("CREATE USER secure@'%' IDENTIFIED BY 'x' REQUIRE SSL;"
                            "CREATE USER shown@'%' IDENTIFIED BY 'x' REQUIRE X509", "db1")
    cluster.wait_for_replicas()
    return cluster


@pytest.fixture(scope="module")
def settings(certificates):
    tls = {"certificate": certificates.certificate("server"), "key": certificates.key("server"),
           "ca": str(certificates.ca)}
    return {"backend": {"tls": {"ca": str(certificates.ca),
                                "certificate": certificates.certificate("understudy"),
                                "key": certificates.key("understudy")}},
            "listen": {"tls": tls},
            "failover": {"mode": "manual"},  # the servers start again meanwhile
            "cache": {"enabled": True, "tables": ["*"]}}


def check(binary, cluster, tables):
    proxy = Understudy(binary, cluster, {"backend": {"tls": tables}})
    done = subprocess.run([binary, "check", "--config", proxy.config], capture_output=True,
                          text=True, timeout=60)
    return " ".join((done.stdout + done.stderr).split())


def test_every_connection_is_encrypted(understudy, cluster):
    cluster.make_schema("secure", "CREATE TABLE t (id INT PRIMARY KEY)",
                        "INSERT INTO t VALUES (1)")
    with understudy.session(database="secure") as client:
        for server in cluster.names:
            rows = sql.execute(
                client, f"/* understudy: server({server}) */ SHOW STATUS LIKE 'Ssl_version'")
            assert rows == (("Ssl_version", "TLSv1.3"),)

        def from_the_cache():
            sql.execute(client, "SELECT * FROM t WHERE id = 1")
            return understudy.metric("understudy_cache_hits_total") > 0

        wait_until(from_the_cache, what="the binary log is followed, over TLS")


def test_accounts_that_require_it(understudy, certificates):
    ssl = {"ssl": {"ca": str(certificates.ca), "cert": certificates.certificate("understudy"),
                   "key": certificates.key("understudy")}}
    for user in ("secure", "shown"):
        with understudy.session(user=user, password="x", **ssl) as client:
            assert sql.value(client, "SELECT CURRENT_USER()") == f"{user}@%"
        with pytest.raises(pymysql.MySQLError) as caught:
            understudy.connect(user=user, password="x")
        assert caught.value.args[0] == 1045


def test_a_server_that_is_somebody_else(binary, cluster, certificates):
    with tempfile.TemporaryDirectory() as folder:
        others = Certificates(folder)
        said = check(binary, cluster, {"ca": str(others.ca)})
        assert "the certificate is not accepted" in said
    assert "ready to serve" in check(binary, cluster, {"ca": str(certificates.ca)})
    assert "ready to serve" in check(binary, cluster, {"verify": "none"})
    # Nobody's authority, and so not the system's.
    assert "the certificate is not accepted" in check(binary, cluster, {"verify": "ca"})


def test_a_server_without_tls(binary, cluster, certificates):
    said = check(binary, cluster, {"ca": str(certificates.ca), "minimum_version": "1.3"})
    assert "ready to serve" in said
    cluster.configure(cluster.flavour.without_tls)
    cluster.execute_as_root("ALTER USER understudy@'%' REQUIRE NONE", "db1")
    cluster.wait_for_replicas()
    said = check(binary, cluster, {"ca": str(certificates.ca)})
    assert "offers no TLS, which is required" in said
    assert "ready to serve" in check(binary, cluster,
                                     {"ca": str(certificates.ca), "required": False})
