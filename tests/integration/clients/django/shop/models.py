"""The tables as they are after the last migration."""

from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=60, unique=True)
    joined = models.DateTimeField(auto_now_add=True)
    settings = models.JSONField(default=dict)


class Product(models.Model):
    title = models.CharField(max_length=100, db_index=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.PositiveIntegerField(default=0)
    picture = models.BinaryField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(
            check=models.Q(price__gt=0), name="price_is_positive")]
        indexes = [models.Index(fields=["stock", "-price"], name="by_stock")]


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    products = models.ManyToManyField(Product, through="Line")
    took = models.DurationField(null=True)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    count = models.SmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(
            fields=["count", "order"], name="once_in_an_order")]
