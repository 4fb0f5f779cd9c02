#include "load.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "audit.h"
#include "visitor.h"

namespace social {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double at(const std::vector<double>& sorted, double share) {
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return std::round(sorted[std::min(index, sorted.size() - 1)] * 100) / 100;
}

// How often each action was done, and how long it took.
Json latencies(const std::vector<Visitor>& visitors) {
  Json actions = Json::object();
  for (std::size_t i = 0; i < Visitor::kActions.size(); ++i) {
    std::vector<double> all;
    for (const Visitor& visitor : visitors)
      all.insert(all.end(), visitor.record().took_ms[i].begin(), visitor.record().took_ms[i].end());
    if (all.empty()) continue;
    std::sort(all.begin(), all.end());
    actions[std::string(Visitor::kActions[i])] = {{"count", all.size()},
                                                  {"p50_ms", at(all, 0.5)},
                                                  {"p95_ms", at(all, 0.95)},
                                                  {"p99_ms", at(all, 0.99)},
                                                  {"max_ms", at(all, 1)}};
  }
  return actions;
}

std::vector<Visitor> visitors_of(Social& social, understudy::Cluster& cluster,
                                 const LoadOptions& options) {
  const std::uint64_t people =
      cluster.read("SELECT MAX(id) FROM person")[0].get<std::optional<std::uint64_t>>(0).value_or(
          0);
  if (people < options.threads)
    throw std::invalid_argument("there are too few people; run the command seed first");
  std::vector<Visitor> visitors;
  visitors.reserve(options.threads);
  for (std::uint32_t i = 0; i < options.threads; ++i)
    visitors.emplace_back(social, i, options.threads, people, options.seed, options.only);
  return visitors;
}

std::atomic<bool> over{false};

// Until then, or SIGTERM.
void let_act(std::vector<Visitor>& visitors, Clock::time_point until) {
  for (const int each : {SIGTERM, SIGINT})
    std::signal(each, [](int) { over = true; });
  std::vector<std::thread> threads;
  threads.reserve(visitors.size());
  for (Visitor& visitor : visitors) {
    threads.emplace_back([&visitor, until] {
      while (!over && Clock::now() < until)
        visitor.act();
    });
  }
  for (std::thread& thread : threads)
    thread.join();
}

}  // namespace

bool load(const understudy::Cluster& cluster, const LoadOptions& options) {
  understudy::Cluster shared = cluster;
  Social social(shared);
  std::vector<Visitor> visitors = visitors_of(social, shared, options);
  const auto began = Clock::now();
  let_act(visitors, began + std::chrono::seconds(options.seconds));
  const std::chrono::duration<double> took = Clock::now() - began;

  Json result = {{"seconds", std::round(took.count() * 10) / 10}, {"threads", options.threads}};
  result["actions"] = latencies(visitors);
  std::uint64_t count = 0;
  for (const auto& [name, action] : result["actions"].items())
    count += action["count"].get<std::uint64_t>();
  result["actions_a_second"] = std::round(static_cast<double>(count) / took.count());
  std::vector<std::string> errors;
  for (const Visitor& visitor : visitors)
    errors.insert(errors.end(), visitor.record().errors.begin(), visitor.record().errors.end());
  result["errors"] = errors.size();
  result["first_errors"] = Json(std::vector(
      errors.begin(), errors.begin() + std::min<std::ptrdiff_t>(5, std::ssize(errors))));
  result["wrong"] = audit(shared, visitors);
  std::cout << result.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  const Json& wrong = result["wrong"];
  return errors.empty() &&
         std::all_of(wrong.begin(), wrong.end(), [](const Json& each) { return each == 0; });
}

}  // namespace social
