#include "serve.h"

#include "stock_feed.h"
#include "web/site.h"

namespace catalog {
namespace {

using web::Json;

constexpr const char* kToken = "catalog_token";
constexpr std::uint32_t kQuantityMax = 1000;

// Asks the shop and notes by whom and how quickly it was answered.
template <typename Ask>
auto timed(Json& answered, Ask ask) {
  const auto began = std::chrono::steady_clock::now();
  auto answer = ask();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  answered = web::answered(answer.server, answer.staleness, took);
  return std::move(answer.value);
}

// What the visitor did before is in the cookie.
Visit visit(Catalog& shop, const web::Request& request) {
  return shop.visit(request.cookie(kToken).value_or(""));
}

Json to_json(const Product& product) {
  return {{"id", product.id},
          {"name", product.name},
          {"description", product.description},
          {"price", product.price.text}};
}

Json to_json(const std::vector<Stock>& stock) {
  Json all = Json::array();
  for (const Stock& each : stock)
    all.push_back({{"product", each.product}, {"pieces", each.pieces}, {"sold", each.sold}});
  return all;
}

Json stock_of(Visit& visit, const std::vector<std::uint64_t>& products) {
  Json answer;
  answer["stock"] = to_json(timed(answer["answered"], [&] { return visit.stock(products); }));
  return answer;
}

Json search(Catalog& shop, web::Request& request) {
  Visit look = visit(shop, request);
  Json answer{{"products", Json::array()}};
  std::vector<std::uint64_t> ids;
  for (const Product& product :
       timed(answer["answered"], [&] { return look.search(request.text("words", "")); })) {
    answer["products"].push_back(to_json(product));
    ids.push_back(product.id);
  }
  if (!ids.empty()) answer["stock"] = stock_of(look, ids);
  return answer;
}

Json product(Catalog& shop, web::Request& request) {
  Visit look = visit(shop, request);
  const std::uint64_t id = request.number("id");
  Json answer;
  const auto found = timed(answer["answered"], [&] { return look.product(id); });
  if (!found) throw web::Refused(404, "there is no such product");
  answer["product"] = to_json(*found);
  answer["stock"] = stock_of(look, {id});
  return answer;
}

Json best(Catalog& shop, web::Request& request) {
  Visit look = visit(shop, request);
  Json answer{{"best", Json::array()}};
  for (const BestSeller& each : timed(answer["answered"], [&] { return look.best_sellers(5); })) {
    answer["best"].push_back({{"product", each.product}, {"name", each.name}, {"sold", each.sold}});
  }
  return answer;
}

std::uint32_t quantity(const Json& body) {
  const auto wanted = body.at("quantity").get<std::uint32_t>();
  if (wanted == 0 || wanted > kQuantityMax)
    throw std::invalid_argument("the quantity has to be 1 to " + std::to_string(kQuantityMax));
  return wanted;
}

// Does what changes the stock of the product in the body; answers with the stock after it.
template <typename Do>
Json change(Catalog& shop, web::Request& request, Do action) {
  Visit look = visit(shop, request);
  const auto id = request.body().at("product").get<std::uint64_t>();
  Json done;
  const bool sold_out =
      timed(done, [&] { return action(look, id, quantity(request.body())); }) == Sale::OutOfStock;
  request.set_cookie(kToken, look.token());
  return {{"done", !sold_out}, {"answered", done}, {"stock", stock_of(look, {id})}};
}

Answer<Sale> buy(Visit& visit, std::uint64_t product, std::uint32_t quantity) {
  auto sale = visit.sell(product, quantity);
  if (sale.value == Sale::NoSuchProduct) throw web::Refused(404, "there is no such product");
  return sale;
}

Answer<Sale> restock(Visit& visit, std::uint64_t product, std::uint32_t quantity) {
  const auto put = visit.restock(product, quantity);
  if (!put.value) throw web::Refused(404, "there is no such product");
  return {Sale::Sold, put.server, put.staleness};
}

}  // namespace

void serve(const understudy::Cluster& cluster, const std::string& stock_table,
           const web::Serving& serving) {
  Catalog shop(cluster);
  StockFeed feed(cluster, stock_table);
  web::Site site;
  site.get("/api/search", [&](web::Request& request) { return search(shop, request); });
  site.get("/api/product", [&](web::Request& request) { return product(shop, request); });
  site.get("/api/best", [&](web::Request& request) { return best(shop, request); });
  site.post("/api/buy", [&](web::Request& request) { return change(shop, request, buy); });
  site.post("/api/restock", [&](web::Request& request) { return change(shop, request, restock); });
  site.stream("/api/changes", [&](web::Request&, const auto& stream) { feed.add(stream); });
  site.serve("catalog", serving);
}

}  // namespace catalog
