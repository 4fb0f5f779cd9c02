#include "commands.h"

#include <iostream>
#include <memory>

#include "flash_sale.h"
#include "load.h"
#include "seed.h"

namespace catalog {
namespace {

// What the command line said.
struct Words {
  Product product;
  std::uint32_t pieces = 0;
  std::string search;
  std::uint32_t number = 0;
};

int add(Catalog& shop, const Words& words) {
  const auto added = shop.add(words.product, words.pieces);
  std::cout << "product " << added.value << "  (" << added.server << ")\n";
  return 0;
}

int search(Catalog& shop, const Words& words) {
  Visit visit = shop.visit();
  const auto found = visit.search(words.search);
  for (const Product& product : found.value) {
    const auto stock = visit.stock({product.id});
    std::cout << product.id << "  " << product.name << "  " << product.price.text << "  "
              << (stock.value.empty() ? 0 : stock.value[0].pieces) << " left\n";
  }
  std::cout << found.value.size() << " found  (" << found.server << ")\n";
  return 0;
}

int sell(Catalog& shop, const Words& words) {
  const auto sale = shop.visit().sell(words.product.id, words.pieces);
  std::cout << (sale.value == Sale::Sold         ? "sold"
                : sale.value == Sale::OutOfStock ? "out of stock"
                                                 : "no such product")
            << "  (" << sale.server << ")\n";
  return sale.value == Sale::Sold ? 0 : 1;
}

int best(Catalog& shop, const Words& words) {
  const auto best = shop.visit().best_sellers(words.number);
  for (const BestSeller& product : best.value)
    std::cout << product.sold << "  " << product.name << "\n";
  std::cout << best.value.size() << " products  (" << best.server << ")\n";
  return 0;
}

}  // namespace

void add_commands(CLI::App& program, Command& chosen) {
  const auto words = std::make_shared<Words>();
  const auto command = [&](const char* name, const char* help, auto run) {
    CLI::App* const made = program.add_subcommand(name, help);
    made->callback([&chosen, words, run] {
      chosen = [words, run](Catalog& shop) { return run(shop, *words); };
    });
    return made;
  };
  command("create", "Create the tables; what was in them is gone", [](Catalog& shop, const Words&) {
    shop.create();
    return 0;
  });
  command("seed", "Fill the shelves with a few dozen products", [](Catalog& shop, const Words&) {
    std::cout << seed(shop) << " products\n";
    return 0;
  });
  CLI::App* const adding = command("add", "Add a product", add);
  adding->add_option("NAME", words->product.name)->required();
  adding->add_option("DESCRIPTION", words->product.description)->required();
  adding->add_option("PRICE", words->product.price.text)->required();
  adding->add_option("STOCK", words->pieces)->required();
  command("search", "Find products by words", search)
      ->add_option("WORDS", words->search)
      ->required();
  CLI::App* const selling = command("sell", "Sell some pieces of a product", sell);
  selling->add_option("ID", words->product.id)->required();
  selling->add_option("QUANTITY", words->pieces)->required();
  command("best", "Show the best sellers", best)->add_option("COUNT", words->number)->required();
  command("flash-sale", "Make everything cheaper while a thousand buyers ask for the last ten",
          [](Catalog& shop, const Words& said) { return flash_sale(shop, said.number); })
      ->add_option("PERCENT", words->number)
      ->required();

  const auto load = std::make_shared<Load>();
  CLI::App* const loading = program.add_subcommand("load", "Visitors who search and buy");
  loading->add_option("--seconds", load->seconds, "How long")->capture_default_str();
  loading->add_option("--threads", load->threads, "How many at once")->capture_default_str();
  loading->add_option("--rate", load->rate, "Operations a second, all together; 0: no limit")
      ->capture_default_str();
  loading->callback(
      [&chosen, load] { chosen = [load](Catalog& shop) { return run_load(shop, *load); }; });
}

}  // namespace catalog
