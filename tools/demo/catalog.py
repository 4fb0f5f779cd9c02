"""The product catalogue: sold by the library, by a client of the proxy, and through failures."""

import failures
import shop
from stage import Setup

SETUP = Setup(settings={
    # On a busy machine a replica may take long to catch up; the primary shall not answer for it.
    "reads": {"wait": "20s"},
    "failover": {"hold": "60s"},
})


def show(stage):
    shop.by_library(stage)
    shop.by_client(stage)
    shop.flash_sale(stage)
    failures.replica_dies(stage)
    failures.primary_dies(stage)
