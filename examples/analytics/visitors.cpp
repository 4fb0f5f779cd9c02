#include "visitors.h"

#include <array>
#include <cmath>

namespace analytics {
namespace {

constexpr std::array kPages = {"/", "/new", "/sale", "/lamps", "/chairs", "/about", "/help"};
constexpr std::array kWords = {"lamp", "desk", "oak", "blue chair", "rug", "shelf"};
constexpr std::array kDevices = {"phone", "phone", "phone", "laptop", "laptop", "tablet"};

// How much more the last comers do than those who came before them; 1 would be nothing.
constexpr double kSkew = 2.2;
constexpr std::uint64_t kPresentPart = 8;  // one of so many users is there at a time

std::vector<double> shares() {
  std::vector<double> all;
  for (const Kind& kind : Visitors::kinds())
    all.push_back(kind.share);
  return all;
}

template <typename Values>
const char* one_of(const Values& values, std::mt19937_64& random) {
  return values[std::uniform_int_distribution<std::size_t>(0, values.size() - 1)(random)];
}

}  // namespace

const std::vector<Kind>& Visitors::kinds() {
  static const std::vector<Kind> kinds = {
      {"page_view", 0.47},  {"product_view", 0.22}, {"search", 0.12},   {"add_to_cart", 0.08},
      {"video_play", 0.05}, {"checkout", 0.03},     {"purchase", 0.02}, {"sign_up", 0.01},
  };
  return kinds;
}

Visitors::Visitors(std::uint64_t users, std::uint64_t seed) : users_(users), random_(seed) {
  const std::vector<double> all = shares();
  types_ = std::discrete_distribution<std::size_t>(all.begin(), all.end());
}

std::uint64_t Visitors::user(TimePoint time, std::uint64_t back) const {
  const auto of_hour = time.time_since_epoch() % std::chrono::hours(1);
  const double share = static_cast<double>(of_hour.count()) / 3.6e6;
  const auto last = static_cast<std::uint64_t>(share * static_cast<double>(users_));
  return (last + users_ - back) % users_ + 1;
}

std::vector<std::uint64_t> Visitors::present(TimePoint time) const {
  std::vector<std::uint64_t> all;
  for (std::uint64_t back = 0; back < users_ / kPresentPart; ++back)
    all.push_back(user(time, back));
  return all;
}

Event Visitors::next(TimePoint time) {
  const auto number = [this](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random_);
  };
  const std::string& type = kinds()[types_(random_)].type;
  Json metadata = {{"device", one_of(kDevices, random_)}};
  if (type == "page_view")
    metadata["page"] = one_of(kPages, random_);
  else if (type == "search")
    metadata["words"] = one_of(kWords, random_);
  else if (type == "checkout" || type == "purchase")
    metadata["total"] = number(900, 40000) / 100.0;
  else if (type == "video_play")
    metadata["seconds"] = number(3, 240);
  else if (type != "sign_up")
    metadata["product"] = number(1, 500);
  const double where = std::uniform_real_distribution<double>(0, 1)(random_);
  const double back = std::pow(where, kSkew) * static_cast<double>(users_) / kPresentPart;
  return {user(time, static_cast<std::uint64_t>(back)), type, metadata.dump(), time};
}

}  // namespace analytics
