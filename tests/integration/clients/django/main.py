"""An application of Django: main.py SECTION, see ../README.md."""

import datetime
import decimal
import io
import json
import os
import sys
import threading

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction, utils  # noqa: E402

django.setup()

from shop.models import Customer, Line, Order, Product  # noqa: E402


def report(test, result):
    print(json.dumps({"test": test, "result": result}, default=repr), flush=True)


def error_of(action):
    try:
        return f"no error: {action()!r}"
    except (utils.Error, models.ProtectedError) as error:
        return [type(error).__name__, *map(str, error.args)]


def told(*command, **options):
    """What a command of manage.py prints."""
    out = io.StringIO()
    call_command(*command, stdout=out, no_color=True, **options)
    return out.getvalue()


def structure():
    with connection.cursor() as cursor:
        return {table: [connection.introspection.get_table_description(cursor, table),
                        connection.introspection.get_constraints(cursor, table),
                        connection.introspection.get_relations(cursor, table)]
                for table in sorted(connection.introspection.table_names(cursor))
                if table.startswith("shop_")}


def migrations():
    report("nothing to be made", told("makemigrations", "--check", "--dry-run"))
    there_and_back = ("0001", "0002", "0003", "0002", "0001", "zero", "0003")
    for step, target in enumerate(there_and_back):
        report(f"{step}: migrate to {target}", told("migrate", "shop", target, verbosity=1))
        report(f"{step}: structure", structure())
    report("all", told("migrate", verbosity=1))
    report("shown", told("showmigrations"))
    report("as SQL", told("sqlmigrate", "shop", "0003"))
    report("inspectdb", told("inspectdb"))
    report("what was converted", list(
        Product.objects.order_by("id").values_list("price", "stock")[:3]))


def objects():
    told("migrate", verbosity=0)
    for model in (Line, Order, Customer):
        model.objects.all().delete()
    Product.objects.all().delete()
    customer = Customer.objects.create(name="Grüße 🎭", settings={"a": [1, None, "ü"]})
    products = Product.objects.bulk_create(
        [Product(title=f"p{n}", price=decimal.Decimal(n + 1) / 4, stock=n, picture=bytes([n] * 3))
         for n in range(100)], batch_size=30)
    report("made", len(products))
    products = list(Product.objects.order_by("title"))
    order = Order.objects.create(
        customer=customer, took=datetime.timedelta(hours=1, microseconds=5))
    Line.objects.bulk_create(
        Line(order=order, product=p, count=n) for n, p in enumerate(products[:5]))
    report("read after write", Customer.objects.get(pk=customer.pk).settings)
    report("joined", list(Order.objects.filter(products__stock__gte=1).values_list(
        "customer__name", "took").distinct()))
    report("sums", Product.objects.aggregate(models.Sum("price"), models.Avg("stock")))
    report("annotated", list(Order.objects.annotate(n=models.Count("line")).values_list("n")))
    report("in JSON", Customer.objects.filter(settings__a__1=None).count())
    report("updated", Product.objects.filter(stock__lt=10).update(stock=models.F("stock") + 1))
    report("iterated", sum(p.stock for p in Product.objects.iterator(chunk_size=7)))
    report("get_or_create", [Customer.objects.get_or_create(name=name)[1] for name in "aab"])
    report("update_or_create", Customer.objects.update_or_create(
        name="a", defaults={"settings": 5})[1])
    report("ignored", len(Customer.objects.bulk_create(
        [Customer(name="a")], ignore_conflicts=True)))
    report("union", Product.objects.filter(stock=1).union(Product.objects.filter(stock=20)).count())
    report("dates", Customer.objects.dates("joined", "year").count())
    report("unique", error_of(lambda: Customer.objects.create(name="a")))
    report("check", error_of(lambda: Product.objects.create(title="free", price=0)))
    report("protected", error_of(products[0].delete)[0])
    report("once", error_of(
        lambda: Line.objects.create(order=order, product=products[0], count=1))[0])
    report("deleted", customer.delete()[1])
    report("explained", bool(Product.objects.all().explain()))


def atomic():
    told("migrate", verbosity=0)
    Customer.objects.all().delete()

    def fails():
        with transaction.atomic():
            Customer.objects.create(name="outer")
            with transaction.atomic():
                Customer.objects.create(name="inner")
                raise utils.IntegrityError("inner")

    report("both are undone", [error_of(fails), Customer.objects.count()])
    with transaction.atomic():
        Customer.objects.create(name="outer")
        report("a savepoint is undone", error_of(in_savepoint))
        report("inside", list(Customer.objects.values_list("name")))
    report("committed", list(Customer.objects.values_list("name")))
    done = []
    with transaction.atomic():
        transaction.on_commit(lambda: done.append(Customer.objects.count()))
    report("on_commit", done)
    with transaction.atomic():
        report("locked", Customer.objects.select_for_update().get(name="outer").name)
        # Another thread is another connection.
        seen = []
        other = threading.Thread(target=lambda: seen.append(locked_elsewhere()))
        other.start()
        other.join()
        report("by nobody else", seen)


def in_savepoint():
    with transaction.atomic():
        Customer.objects.create(name="second")
        Customer.objects.create(name="outer")


def locked_elsewhere():
    try:
        with transaction.atomic():
            return error_of(
                lambda: Customer.objects.select_for_update(nowait=True).get(name="outer"))
    finally:
        connection.close()


{"migrations": migrations, "objects": objects, "atomic": atomic}[sys.argv[1]]()
