"""What differs between the servers that tests run on.

UNDERSTUDY_FLAVOUR=mysql runs them on MySQL, which tools/get_mysql.sh fetches when first needed;
UNDERSTUDY_SERVER_PROGRAM names another server than the one that the flavour stands for.
"""

import functools
import os
import pathlib
import re
import subprocess

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


class MariaDb:
    name = "mariadb"

    stop_replica = "STOP SLAVE"
    start_replica = "START SLAVE"
    stop_receiver = "STOP SLAVE IO_THREAD"
    start_receiver = "START SLAVE IO_THREAD"
    stop_applier = "STOP SLAVE SQL_THREAD"
    start_applier = "START SLAVE SQL_THREAD"
    forget_source = "RESET SLAVE ALL"
    replica_status = "SHOW SLAVE STATUS"
    source_port = "Master_Port"  # a column of it
    running_columns = ("Slave_IO_Running", "Slave_SQL_Running")
    log_status = "SHOW MASTER STATUS"
    logged_position = "SELECT @@gtid_binlog_pos"
    # Of semi-sync: prefixes of variables and, with a capital, of counters.
    semi_sync_source = "rpl_semi_sync_master"
    semi_sync_replica = "rpl_semi_sync_slave"
    semi_sync_wait_no_replica = "rpl_semi_sync_master_wait_no_slave"
    # The interval in seconds and how many came.
    heartbeats = "SHOW ALL SLAVES STATUS"
    heartbeat_columns = ("Slave_heartbeat_period", "Slave_received_heartbeats")
    let_root_write = "SET GLOBAL read_only = 1"  # on a closed server, which stays closed to others
    # Whether the texts of statements stand before their rows.
    logged_texts = "binlog_annotate_row_events"
    writable = "SET GLOBAL read_only = 0"
    read_only = "SET GLOBAL read_only = 1"
    # A setting without which the program warns, by these words; and the right to write in spite of
    # read_only.
    wise_setting = "gtid_strict_mode"
    unwise = "gtid_strict_mode is off"
    read_only_bypass = "READ_ONLY ADMIN"
    # Let a replica apply one transaction after the other.
    apply_in_turn = "DO 1"
    replicas_fall_behind = False  # behind a dozen clients that do nothing but write
    socket_account = "VIA unix_socket"
    without_tls = "skip_ssl"  # in a configuration file
    # A killed primary starts without what it logged but did not commit.
    replica_arguments = ["--init-rpl-role=SLAVE"]

    def program(self):
        """Of the server, if it is not the one that is installed."""
        return os.environ.get("UNDERSTUDY_SERVER_PROGRAM")

    def environment(self):
        """Of a proxy, which finds the servers' tools in it."""
        return dict(os.environ)

    def modern(self, password):
        """IDENTIFIED this, by a plugin whose proofs reveal nothing that suffices elsewhere."""
        return f"VIA ed25519 USING PASSWORD('{password}')"

    def change_source(self, **what):
        """change_source(port=7311) and the like."""
        return "CHANGE MASTER TO " + ", ".join(
            f"MASTER_{key.upper()} = {value!r}" for key, value in what.items())

    def numbers(self, last, alias="numbers"):
        """A table whose column `seq` counts from 1 to `last`."""
        return f"seq_1_to_{last} AS {alias}"

    def wait_for(self, position, timeout):
        """A query whose value is 0 once a replica has applied `position`."""
        return f"SELECT MASTER_GTID_WAIT('{position}', {timeout})"

    def number(self, position):
        """How many transactions a position of a single primary covers."""
        return int(re.search(r"-(\d+)$", position)[1]) if position else 0


class MySql(MariaDb):
    name = "mysql"

    stop_replica = "STOP REPLICA"
    start_replica = "START REPLICA"
    stop_receiver = "STOP REPLICA IO_THREAD"
    start_receiver = "START REPLICA IO_THREAD"
    stop_applier = "STOP REPLICA SQL_THREAD"
    start_applier = "START REPLICA SQL_THREAD"
    forget_source = "RESET REPLICA ALL"
    replica_status = "SHOW REPLICA STATUS"
    source_port = "Source_Port"
    running_columns = ("Replica_IO_Running", "Replica_SQL_Running")
    log_status = "SHOW BINARY LOG STATUS"
    logged_position = "SELECT @@gtid_executed"
    semi_sync_source = "rpl_semi_sync_source"
    semi_sync_replica = "rpl_semi_sync_replica"
    semi_sync_wait_no_replica = "rpl_semi_sync_source_wait_no_replica"
    heartbeats = ("SELECT * FROM performance_schema.replication_connection_configuration "
                  "JOIN performance_schema.replication_connection_status USING (channel_name)")
    heartbeat_columns = ("HEARTBEAT_INTERVAL", "COUNT_RECEIVED_HEARTBEATS")
    let_root_write = "SET GLOBAL super_read_only = 0"
    logged_texts = "binlog_rows_query_log_events"
    read_only = "SET GLOBAL super_read_only = 1"  # for accounts like root, too
    wise_setting = "binlog_rows_query_log_events"
    unwise = "its log does not name statements"
    read_only_bypass = "CONNECTION_ADMIN"
    apply_in_turn = ("STOP REPLICA SQL_THREAD; SET GLOBAL replica_parallel_workers = 1; "
                     "START REPLICA SQL_THREAD")
    replicas_fall_behind = True
    socket_account = "WITH auth_socket"
    without_tls = "tls_version="
    replica_arguments = []  # it always commits what it logged

    @functools.cache
    def program(self):
        named = super().program()
        if named:
            return named
        fetched = subprocess.run([str(TOOLS / "get_mysql.sh")], capture_output=True, text=True,
                                 timeout=600)
        assert fetched.returncode == 0, fetched.stderr
        return fetched.stdout.strip()

    def environment(self):
        tools = pathlib.Path(self.program()).parent
        return {**super().environment(), "PATH": f"{tools}:{os.environ['PATH']}"}

    def modern(self, password):
        return f"WITH caching_sha2_password BY '{password}'"

    def change_source(self, **what):
        return super().change_source(**what).replace("MASTER", "SOURCE").replace(
            "CHANGE ", "CHANGE REPLICATION ")

    def numbers(self, last, alias="numbers"):
        return (f"JSON_TABLE(CONCAT('[0', REPEAT(',0', {last - 1}), ']'), "
                f"'$[*]' COLUMNS (seq FOR ORDINALITY)) AS {alias}")

    def wait_for(self, position, timeout):
        return f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{position}', {timeout})"

    def number(self, position):
        spans = re.findall(r":(\d+)(?:-(\d+))?", position)
        return sum(int(last or first) - int(first) + 1 for first, last in spans)


FLAVOURS = {flavour.name: flavour() for flavour in (MariaDb, MySql)}


def chosen():
    return FLAVOURS[os.environ.get("UNDERSTUDY_FLAVOUR", "mariadb")]
