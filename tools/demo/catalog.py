"""The product catalogue: sold by the library, by a client of the proxy, and through failures."""

import failures
import shop
from narration import expect, heading, say
from stage import Setup

SETUP = Setup(settings={
    "cache": {"enabled": True, "tables": ["catalog.product", "catalog.stock"]},
    # On a busy machine a replica may take long to catch up; the primary shall not answer for it.
    "reads": {"wait": "20s"},
    "failover": {"hold": "60s"},
})
A_DAY = 24 * 3600


def show(stage):
    shop.by_library(stage)
    shop.by_client(stage)
    shop.flash_sale(stage)
    heading("The page, and visitors who search and buy all the time")
    stage.serve()
    visitors = stage.application.background("load", "--seconds", A_DAY, "--rate", 100)
    failures.replica_dies(stage)
    failures.primary_dies(stage)
    tell_visits(visitors.end())
    # So that there is something to see on the page.
    stage.application.background("load", "--seconds", A_DAY, "--rate", 10)


def tell_visits(report):
    say(f"visitors: {report['operations']} operations, errors: {report['errors']}, half of them "
        f"within {report['p50_ms']} ms, the longest took {report['longest_ms']} ms")
    say(f"   delivered {report['delivered']} pieces = sold {report['sales']} + left "
        f"{report['left']}; no visitor missed an own purchase")
    expect(report["errors"] == 0 and report["stale"] == 0, "no visitor notices")
    expect(report["delivered"] == report["sales"] + report["left"], "no piece is lost")
