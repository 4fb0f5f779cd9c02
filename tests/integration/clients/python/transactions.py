"""Transactions, isolation, locks and deadlocks."""

import threading

import driver
from driver import error_of, execute, report, rows, value


# What others have committed must be seen, too, which is not promised without this hint.
TOTAL = "/* understudy: strong */ SELECT SUM(n) FROM money"


def transactions():
    with driver.connect(autocommit=False) as one, driver.connect(autocommit=True) as two:
        execute(two, "DROP TABLE IF EXISTS money",
                "CREATE TABLE money (id INT PRIMARY KEY, n INT)",
                "INSERT INTO money VALUES (1, 100), (2, 100)")
        execute(one, "UPDATE money SET n = n - 10 WHERE id = 1")
        report("not seen before COMMIT", [value(one, TOTAL), value(two, TOTAL)])
        one.rollback()
        report("rolled back", [value(one, TOTAL), value(two, TOTAL)])
        execute(one, "UPDATE money SET n = n - 10 WHERE id = 1")
        one.commit()
        report("committed", [value(one, TOTAL), value(two, TOTAL)])
        savepoints(one)
        isolation(one, two)
        one.autocommit(True)
        report("autocommit", [one.get_autocommit(), value(one, "SELECT @@autocommit")])
        one.begin()
        execute(one, "UPDATE money SET n = 0")
        one.rollback()
        report("begin", value(two, TOTAL))
        execute(one, "START TRANSACTION READ ONLY")
        report("read only", error_of(execute, one, "UPDATE money SET n = 0"))
        execute(one, "COMMIT AND CHAIN", "ROLLBACK", "START TRANSACTION WITH CONSISTENT SNAPSHOT")
        execute(two, "UPDATE money SET n = n + 1")
        report("consistent snapshot", [value(one, TOTAL), value(two, TOTAL)])
        one.commit()
        locks(one, two)


def savepoints(one):
    execute(one, "SAVEPOINT a", "UPDATE money SET n = 1", "SAVEPOINT b", "UPDATE money SET n = 2",
            "ROLLBACK TO b")
    report("savepoint b", rows(one, "SELECT * FROM money"))
    execute(one, "ROLLBACK TO a", "RELEASE SAVEPOINT a")
    report("savepoint a", rows(one, "SELECT * FROM money"))
    report("no such savepoint", error_of(execute, one, "ROLLBACK TO b"))
    one.rollback()


def isolation(one, two):
    for level in ("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"):
        execute(one, f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
        before = value(one, TOTAL) if level != "SERIALIZABLE" else None
        execute(two, "UPDATE money SET n = n + 1")
        report(level, [before, value(one, TOTAL), value(one, "SELECT @@tx_isolation")])
        one.rollback()
    execute(one, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def locks(one, two):
    one.autocommit(False)
    two.autocommit(False)
    for connection in (one, two):
        execute(connection, "SET SESSION innodb_lock_wait_timeout = 1")
    execute(one, "SELECT * FROM money WHERE id = 1 FOR UPDATE")
    report("lock wait", error_of(execute, two, "UPDATE money SET n = 7 WHERE id = 1"))
    report("NOWAIT", error_of(execute, two, "SELECT * FROM money WHERE id = 1 FOR UPDATE NOWAIT"))
    one.rollback()
    two.rollback()
    for connection in (one, two):
        execute(connection, "SET SESSION innodb_lock_wait_timeout = 20")
    execute(one, "UPDATE money SET n = 1 WHERE id = 1")
    execute(two, "UPDATE money SET n = 2 WHERE id = 2")
    outcomes = []
    other = threading.Thread(target=lambda: outcomes.append(
        error_of(execute, one, "UPDATE money SET n = 1 WHERE id = 2")))
    other.start()
    outcomes.append(error_of(execute, two, "UPDATE money SET n = 2 WHERE id = 1"))
    other.join()
    report("deadlock", sorted(map(str, outcomes)))
    one.rollback()
    two.rollback()
    report("usable afterwards", value(two, "SELECT COUNT(*) FROM money"))
