from django.db import migrations, models

ID = ("id", models.BigAutoField(
    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Customer", [
            ID,
            ("name", models.CharField(max_length=40)),
            ("joined", models.DateTimeField(auto_now_add=True)),
        ]),
        migrations.CreateModel("Product", [
            ID,
            ("title", models.CharField(max_length=100)),
            ("price", models.FloatField()),
            ("picture", models.BinaryField(null=True)),
        ]),
        migrations.CreateModel("Order", [
            ID,
            ("customer", models.ForeignKey("shop.Customer", models.CASCADE, related_name="orders")),
        ]),
    ]
