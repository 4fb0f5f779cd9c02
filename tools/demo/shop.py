"""The product catalogue: by the C++ library, by an ordinary client, and on the day of a sale."""

import concurrent.futures
import re
import threading
import uuid

import sql
from narration import expect, heading, operation, say, tally

PRIMARY = "db1"
NOT_PRIMARY = ("db2", "db3", "cache")
BUYERS = 1000
PIECES = 10

SEARCH = ("SELECT name, price FROM product WHERE MATCH (name, description) AGAINST (%s)"
          " ORDER BY id")
TAKE = ("UPDATE stock SET pieces = pieces - 1, sold = sold + 1"
        " WHERE product = %s AND pieces >= 1")
SALE = "INSERT INTO sale (receipt, product, quantity) VALUES (%s, %s, 1)"
BEST = ("SELECT product.name, stock.sold FROM stock JOIN product ON product.id = stock.product"
        " WHERE stock.sold > 0 ORDER BY stock.sold DESC, product.id LIMIT 5")


def answered_by(client):
    """The server of the client's last statement."""
    return sql.value(client, "SHOW UNDERSTUDY ROUTE")


def expect_replica(server, what):
    expect(server in NOT_PRIMARY, f"{what} is a read, but {server} answered it")


def expect_primary(server, what):
    expect(server == PRIMARY, f"{what} is a write, but {server} answered it")


def _catalog(application, *words):
    """What the example printed, and the server that it names at the end of its last line."""
    printed = application.run(*words).strip()
    named = re.search(r"\((\w+)\)\s*\Z", printed)
    return printed, named.group(1) if named else None


def by_library(stage):
    heading("The catalogue on the C++ library (examples/catalog), each line a program of its own")

    def ask(*words):
        text, server = _catalog(stage.application, *words)
        quoted = " ".join(f"'{word}'" if " " in str(word) else str(word) for word in words)
        operation(f"catalog {quoted}", server or "")
        return text, server

    ask("create")
    ask("seed")
    expect_primary(ask("add", "Lava lamp", "Bubbles all night", "39.90", 25)[1], "add")
    # The next programs are other sessions: that they see it is the replicas' matter.
    stage.sandbox.wait_for_replicas()
    found, server = ask("search", "lamp")
    expect("5 found" in found, f"five lamps are found: {found}")
    expect_replica(server, "search")
    expect_primary(ask("sell", 1, 2)[1], "sell")
    stage.sandbox.wait_for_replicas()
    best, server = ask("best", 3)
    expect("2  Desk lamp Vega" in best, f"two desk lamps were sold: {best}")
    expect_replica(server, "best")


def _receipt():
    return uuid.uuid4().hex


def _add(client, name, description, price, pieces):
    """A new product; returns its id and the server that took it."""
    sql.execute(client, "INSERT INTO product (name, description, price) VALUES (%s, %s, %s)",
                [name, description, price])
    server = answered_by(client)
    product = sql.value(client, "SELECT id FROM product WHERE name = %s", [name])
    sql.execute(client, "INSERT INTO stock (product, pieces) VALUES (%s, %s)", [product, pieces])
    sql.execute(client, "INSERT INTO delivery (receipt, product, quantity) VALUES (%s, %s, %s)",
                [_receipt(), product, pieces])
    return product, server


def by_client(stage):
    heading("The same through the proxy with an ordinary client (PyMySQL)")
    with stage.proxy.session(database="catalog") as client:

        def ask(what, check, statement, *values):
            rows = sql.execute(client, statement, values or None)
            server = answered_by(client)
            operation(what, server)
            check(server, what)
            return rows

        product, server = _add(client, "Night lamp", "For the way to the kitchen", "29.00", 50)
        operation("INSERT INTO product ... 'Night lamp'", server)
        expect_primary(server, "INSERT")
        found = ask("SELECT ... MATCH (...) AGAINST ('lamp')", expect_replica, SEARCH, "lamp")
        expect(len(found) == 6, f"six lamps are found, the new one too: {found}")
        ask("UPDATE stock SET pieces = pieces - 1, sold = sold + 1", expect_primary, TAKE, product)
        ask("INSERT INTO sale ...", expect_primary, SALE, _receipt(), product)
        best = ask("SELECT ... best sellers", expect_replica, BEST)
        expect(("Night lamp", 1) in best, f"the night lamp was sold once: {best}")
        _read_own_writes(client, product)


def _read_own_writes(client, product):
    writers, readers = [], []
    for step in range(40):
        sql.execute(client, "UPDATE product SET price = %s WHERE id = %s", [step, product])
        writers.append(answered_by(client))
        price = sql.value(client, "SELECT price FROM product WHERE id = %s", [product])
        readers.append(answered_by(client))
        expect(price == step, f"the read shows the write before it: {price} instead of {step}")
    say("40 times a write, then at once a read of it: none of the reads was stale")
    say(f"   writes: {tally(writers)}; reads: {tally(readers)}")
    for server in writers:
        expect_primary(server, "UPDATE")
    for server in readers:
        expect_replica(server, "SELECT")


def flash_sale(stage):
    proxy, sandbox = stage.proxy, stage.sandbox
    heading(f"Flash sale: {BUYERS} buyers, the last {PIECES} pieces, prices fall meanwhile")
    text, _ = _catalog(stage.application, "flash-sale", 40)
    say(f"library: {text}")
    expect(f"{PIECES} sold, 0 left, 0 errors" in text, f"ten are sold and none is left: {text}")
    with proxy.session(database="catalog") as client:
        product, _ = _add(client, "Last lamp", "Only ten of them", "99.00", PIECES)
        sold = _sell_to_all(proxy, client, product)
        left = sql.value(client, "SELECT pieces FROM stock WHERE product = %s", [product])
        recorded = sql.value(client, "SELECT SUM(quantity) FROM sale WHERE product = %s", [product])
        price = sql.value(client, "SELECT price FROM product WHERE id = %s", [product])
    say(f"proxy:   {BUYERS} buyers asked for {PIECES} pieces: {sold} sold, {left} left; "
        f"the lamp now costs {price}")
    expect((sold, left, recorded) == (PIECES, 0, PIECES),
           f"ten are sold, none is left: {sold} sold, {left} left, {recorded} recorded")
    expect(str(price) == "59.40", f"the price fell by 40 percent once: {price}")
    sandbox.wait_for_replicas()
    for name in sandbox.names:
        least = sandbox.execute(name, "SELECT MIN(pieces) FROM catalog.stock")[0][0]
        expect(least >= 0, f"no stock is below zero on {name}: {least}")


def _sell_to_all(proxy, client, product, connections=50):
    """How many buyers got a piece, while all prices change in one transaction. Raises any error."""
    ready = threading.Barrier(connections + 1)

    def buy(_):
        sold = 0
        with proxy.session(database="catalog", autocommit=False) as buyer:
            ready.wait(60)
            for _ in range(BUYERS // connections):
                with buyer.cursor() as cursor:
                    if cursor.execute(TAKE, [product]):
                        cursor.execute(SALE, [_receipt(), product])
                        sold += 1
                buyer.commit()
        return sold

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        buyers = pool.map(buy, range(connections))
        ready.wait(60)
        sql.execute(client, "BEGIN")
        sql.execute(client, "UPDATE product SET price = price * 0.6")
        sql.execute(client, "COMMIT")
        return sum(buyers)
