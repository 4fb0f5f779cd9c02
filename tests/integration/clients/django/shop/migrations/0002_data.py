"""Rows that a later migration has to convert, and its way back."""

from django.db import migrations


def fill(apps, _):
    customer = apps.get_model("shop", "Customer").objects.create(name="first")
    product = apps.get_model("shop", "Product")
    product.objects.bulk_create(product(title=f"product {n}", price=n + 0.5) for n in range(200))
    apps.get_model("shop", "Order").objects.create(customer=customer)


def clear(apps, _):
    for name in ("Order", "Product", "Customer"):
        apps.get_model("shop", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(fill, clear)]
