from django.db import migrations, models

ID = ("id", models.BigAutoField(
    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_data")]
    operations = [
        migrations.AlterField("customer", "name", models.CharField(max_length=60, unique=True)),
        migrations.AddField("customer", "settings", models.JSONField(default=dict)),
        migrations.AlterField("product", "title", models.CharField(max_length=100, db_index=True)),
        migrations.AlterField("product", "price",
                              models.DecimalField(max_digits=10, decimal_places=2)),
        migrations.AddField("product", "stock", models.PositiveIntegerField(default=0)),
        migrations.AddField("order", "took", models.DurationField(null=True)),
        migrations.CreateModel("Line", [
            ID,
            ("count", models.SmallIntegerField()),
            ("order", models.ForeignKey("shop.Order", models.CASCADE)),
            ("product", models.ForeignKey("shop.Product", models.PROTECT)),
        ]),
        migrations.AddField("order", "products",
                            models.ManyToManyField("shop.Product", through="shop.Line")),
        migrations.AddConstraint("product", models.CheckConstraint(
            check=models.Q(price__gt=0), name="price_is_positive")),
        migrations.AddConstraint("line", models.UniqueConstraint(
            fields=["count", "order"], name="once_in_an_order")),
        migrations.AddIndex("product", models.Index(fields=["stock", "-price"], name="by_stock")),
    ]
