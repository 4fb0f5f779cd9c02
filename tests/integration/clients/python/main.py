"""DB_DRIVER=pymysql main.py SECTION: the tests of a section, see ../README.md."""

import sys

import connecting
import data
import exchanges
import transactions
import writing

SECTIONS = {
    "connect": connecting.connect, "pool": connecting.pool, "session": connecting.session,
    "types": data.types, "metadata": data.metadata, "streams": data.streams,
    "large": data.large, "batches": writing.batches, "writes": writing.writes,
    "infile": writing.infile, "several": exchanges.several, "procedures": exchanges.procedures,
    "errors": exchanges.errors, "cancel": exchanges.cancel,
    "transactions": transactions.transactions,
}

SECTIONS[sys.argv[1]]()
