"""KILL by the ids that clients know, and what clients leave running when they go."""

import struct
import threading

import flavours
import pymysql
import pytest
import raw_client
import raw_commands as raw
import sql
from raw_login import RawLogin
from waiting import wait_until

# On one server a statement that runs until it is killed.
ENDLESS = "SELECT COUNT(*) FROM {} JOIN {} WHERE a.seq + b.seq < 0".format(
    *(flavours.chosen().numbers(100000, alias) for alias in "ab"))


@pytest.fixture(scope="module", autouse=True)
def accounts(cluster):
    cluster.make_schema("kills", "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
                        "INSERT INTO t VALUES (1, 0)")
    cluster.execute_as_root("CREATE USER other IDENTIFIED BY 'secret';"
                            "GRANT ALL ON kills.* TO other", "db1")
    cluster.wait_for_replicas()


class Running(threading.Thread):
    """A statement on a connection of its own; `failure` is what it ended with."""

    def __init__(self, understudy, statement, **options):
        super().__init__(daemon=True)
        self.client = understudy.connect(**{"database": "kills", **options})
        self.statement = statement
        self.failure = None
        self.start()

    def run(self):
        try:
            sql.execute(self.client, self.statement)
        except pymysql.MySQLError as error:
            self.failure = error.args[0]

    def ended(self):
        self.join(20)
        assert not self.is_alive()
        return self.failure


def running_on(cluster, statement=ENDLESS):
    """Where it runs."""
    return [name for name in cluster.names
            if any(row[0] == statement for row in cluster.execute_rows_as_root(
                name, "SELECT info FROM information_schema.processlist"))]


def wait_until_running(cluster, statement=ENDLESS):
    wait_until(lambda: running_on(cluster, statement), what="the statement runs")


def wait_until_gone(cluster, statement=ENDLESS, timeout=5):
    wait_until(lambda: not running_on(cluster, statement), timeout=timeout, what="it has ended")


@pytest.mark.parametrize("text", [
    "SELECT CONNECTION_ID()", "select connection_id() as id", "/* ping */ SELECT CONNECTION_ID();",
    "SELECT CONNECTION_ID() LIMIT 1", "SELECT connection_id(), 1", "SELECT CONNECTION_ID() + 0",
])
def test_the_id_is_that_of_the_greeting(understudy, text):
    with understudy.session() as client:
        assert sql.value(client, text) == client.thread_id()


def test_the_id_is_described_as_by_a_server(cluster, understudy):
    seen = []
    with cluster.connect("db1") as direct, understudy.session() as through:
        for client in (direct, through):
            received = raw.answers(client, raw.query("SELECT CONNECTION_ID()"))
            received += raw.answers(client, raw.prepare("SELECT CONNECTION_ID()"))
            seen.append(received.replace(str(client.thread_id()).encode(), b"ID"))
        assert seen[0] == seen[1] or raw.packets(seen[0])[1] == raw.packets(seen[1])[1]


def test_the_id_of_a_prepared_question(understudy):
    with understudy.session() as client:
        statement = raw.prepared_id(raw.answers(client, raw.prepare("SELECT CONNECTION_ID()")))
        row = raw.packets(raw.answers(client, raw.execute(statement)))[3]
        assert struct.unpack("<I", row[2:6])[0] == client.thread_id()


@pytest.mark.parametrize("kill", ["KILL QUERY {}", "KILL SOFT QUERY {};"])
def test_a_query_is_killed(cluster, understudy, kill):
    victim = Running(understudy, ENDLESS)
    wait_until_running(cluster)
    with understudy.session() as client:
        sql.execute(client, kill.format(victim.client.thread_id()))
    assert victim.ended() == 1317
    wait_until_gone(cluster)
    assert sql.value(victim.client, "SELECT 1") == 1, "the session goes on"
    victim.client.close()


def test_a_killed_query_leaves_its_transaction(cluster, understudy):
    with understudy.session(database="kills") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "UPDATE t SET v = 7 WHERE id = 1")
        victim = threading.Thread(target=lambda: pytest.raises(
            pymysql.MySQLError, sql.execute, client, ENDLESS))
        victim.start()
        wait_until_running(cluster)
        with understudy.session() as killer:
            sql.execute(killer, f"KILL QUERY {client.thread_id()}")
        victim.join(20)
        assert sql.value(client, "SELECT v FROM t WHERE id = 1") == 7
        sql.execute(client, "ROLLBACK")
        assert sql.value(client, "SELECT v FROM t WHERE id = 1") == 0


@pytest.mark.parametrize("command", ["text", "process_kill"])
def test_a_connection_is_killed(cluster, understudy, command):
    victim = Running(understudy, ENDLESS)
    wait_until_running(cluster)
    with understudy.session() as client:
        if command == "text":
            sql.execute(client, f"KILL {victim.client.thread_id()}")
        else:
            received = raw.answers(client, b"\x0c" + struct.pack("<I", victim.client.thread_id()))
            assert received[4] == 0
    assert victim.ended() == 1927
    wait_until_gone(cluster)
    with pytest.raises(pymysql.MySQLError):
        sql.execute(victim.client, "SELECT 1")


def test_an_idle_connection_is_killed(understudy):
    victim = understudy.connect()
    with understudy.session() as client:
        sql.execute(client, f"KILL CONNECTION {victim.thread_id()}")
        with pytest.raises(pymysql.MySQLError):
            sql.execute(victim, "SELECT 1")
        with pytest.raises(pymysql.MySQLError) as caught:
            sql.execute(client, f"KILL {victim.thread_id()}")
        assert caught.value.args == (1094, f"Unknown thread id: {victim.thread_id()}")


def test_many_connections_are_killed_wherever_they_are(understudy):
    """On all workers."""
    victims = [understudy.connect() for _ in range(20)]
    with understudy.session() as client:
        for victim in victims:
            sql.execute(client, f"KILL {victim.thread_id()}")
        for victim in victims:
            with pytest.raises(pymysql.MySQLError):
                sql.execute(victim, "SELECT 1")


def test_who_kills_himself_is_told(understudy):
    with understudy.session() as client:
        for statement in ("KILL QUERY CONNECTION_ID()", f"KILL QUERY {client.thread_id()}"):
            with pytest.raises(pymysql.MySQLError) as caught:
                sql.execute(client, statement)
            assert caught.value.args[0] == 1317
        assert sql.value(client, "SELECT 1") == 1
        with pytest.raises(pymysql.MySQLError) as caught:
            sql.execute(client, "KILL CONNECTION_ID()")
        assert caught.value.args[0] == 1927
        with pytest.raises(pymysql.MySQLError):
            sql.execute(client, "SELECT 1")


def test_others_are_not_touched(cluster, understudy):
    victim = Running(understudy, ENDLESS, user="other", password="secret")
    wait_until_running(cluster)
    with understudy.session() as client:
        for statement in (f"KILL {victim.client.thread_id()}",
                          f"KILL QUERY {victim.client.thread_id()}"):
            with pytest.raises(pymysql.MySQLError) as caught:
                sql.execute(client, statement)
            assert caught.value.args == (
                1095, f"You are not owner of thread {victim.client.thread_id()}")
        with pytest.raises(pymysql.MySQLError):
            sql.execute(client, "KILL USER other")
    assert running_on(cluster)
    with understudy.session(user="other", password="secret") as client:
        sql.execute(client, f"KILL QUERY {victim.client.thread_id()}")
    assert victim.ended() == 1317
    victim.client.close()


def test_all_of_a_user(cluster, understudy):
    options = {"user": "other", "password": "secret"}
    victims = [understudy.connect(**options) for _ in range(3)]
    with understudy.session() as bystander, understudy.session(**options) as client:
        running = Running(understudy, ENDLESS, **options)
        wait_until_running(cluster)
        with pytest.raises(pymysql.MySQLError) as caught:
            sql.execute(client, "KILL QUERY USER other")
        assert caught.value.args[0] == 1317, "its own statement is one of them"
        assert running.ended() == 1317
        with pytest.raises(pymysql.MySQLError):
            sql.execute(client, "KILL USER 'other'@'127.0.0.1'")
        for victim in victims:
            with pytest.raises(pymysql.MySQLError):
                sql.execute(victim, "SELECT 1")
        assert sql.value(bystander, "SELECT 1") == 1


@pytest.mark.parametrize("statement", ["KILL @x", "KILL 1 + 1", "KILL QUERY ID 5", "KILL ?"])
def test_what_names_no_connection_is_refused(understudy, statement):
    with understudy.session() as client:
        with pytest.raises(pymysql.MySQLError) as caught:
            sql.execute(client, statement)
        assert caught.value.args[0] == 1235


def processes(client, statement="SHOW PROCESSLIST"):
    with client.cursor() as cursor:
        cursor.execute(statement)
        names = [column[0] for column in cursor.description]
        return {row[0]: dict(zip(names, row)) for row in cursor.fetchall()}


def test_the_list_has_the_ids_that_can_be_killed(cluster, understudy):
    victim = Running(understudy, ENDLESS, database="kills")
    wait_until_running(cluster)
    with understudy.session() as client, understudy.session(user="other", password="secret"):
        listed = processes(client)
        assert listed[client.thread_id()]["Info"] == "SHOW PROCESSLIST"
        running = listed[victim.client.thread_id()]
        assert (running["User"], running["db"], running["Command"], running["Info"]) == (
            "app", "kills", "Query", ENDLESS[:100])
        assert running["Host"].startswith("127.0.0.1:")
        assert {row["User"] for row in listed.values()} == {"app"}
        full = processes(client, "show full processlist;")
        assert full[victim.client.thread_id()]["Info"] == ENDLESS
        sql.execute(client, f"KILL {victim.client.thread_id()}")
        victim.ended()
        wait_until(lambda: victim.client.thread_id() not in processes(client), what="it has gone")


def test_the_list_is_described_as_by_a_server(cluster, understudy):
    described = []
    with cluster.connect("db1") as direct, understudy.session() as through:
        for client in (direct, through):
            with client.cursor() as cursor:
                cursor.execute("SHOW PROCESSLIST")
                described.append([column[:2] for column in cursor.description])
        assert described[1] == described[0][:8], "all but MariaDB's progress"
        assert raw.answers(through, b"\x0a")[4] == len(described[1]), "COM_PROCESS_INFO"


def test_no_other_statement_is_hit(understudy, cluster):
    """Queries that end at the moment when they are killed; their connections go to nobody else."""
    stop = threading.Event()
    failures = []

    def bystander():
        with understudy.session() as client:
            while not stop.is_set():
                try:
                    sql.execute(client, "SELECT SLEEP(0.001)")
                except pymysql.MySQLError as error:
                    failures.append(error)

    others = [threading.Thread(target=bystander) for _ in range(4)]
    for other in others:
        other.start()
    with understudy.session() as killer:
        for turn in range(80):
            victim = Running(understudy, f"SELECT SLEEP({turn % 16 / 2000})")
            sql.execute(killer, f"KILL QUERY {victim.client.thread_id()}")
            victim.ended()
            victim.client.close()
    stop.set()
    for other in others:
        other.join()
    assert not failures


@pytest.mark.parametrize("statement", [
    ENDLESS, "DO (" + ENDLESS.replace("COUNT(*)", "SUM(1)") + ")"])
def test_a_client_that_vanishes_leaves_nothing_running(cluster, understudy, statement):
    client = understudy.connect(database="kills")
    client._sock.sendall(raw.packet(raw.query(statement)))
    wait_until_running(cluster, statement)
    client._force_close()
    wait_until_gone(cluster, statement, timeout=5)


def test_nobody_is_listed_or_killed_before_the_login(understudy, cluster):
    """Who has no name is not taken for those who have not said theirs yet."""
    cluster.execute_as_root("CREATE USER ''@'%'", "db1")
    cluster.wait_for_replicas()
    try:
        with raw_client.greeted(understudy.port):
            def nameless():
                login = RawLogin(understudy.port, user="", password="")
                return login if login.verdict[0] == 0 else None
            with wait_until(nameless, what="the new account is known") as client:
                listed = raw.answers(client, raw.query("SHOW PROCESSLIST"))
                assert listed[4] == 8 and listed.count(b"SHOW PROCESSLIST") == 1
                raw.answers(client, raw.query("KILL USER ''"))
        with understudy.session() as other:
            assert sql.value(other, "SELECT 1") == 1
    finally:
        cluster.execute_as_root("DROP USER ''@'%'", "db1")
        cluster.wait_for_replicas()
