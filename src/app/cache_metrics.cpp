#include "app/cache_metrics.h"

#include <string>

#include "net/loop.h"

namespace understudy::app {
namespace {

using admin::Metric;
using admin::MetricType;

void add(std::vector<Metric>& metrics, const char* name, const char* help, MetricType type,
         double value) {
  metrics.push_back({name, help, type, {{{}, value}}});
}

Metric not_cached(const backend::SharedCache& cache) {
  Metric metric{"understudy_cache_not_cached_total",
                "Reads chosen for the cache that it did not answer, or did not keep, by reason.",
                MetricType::Counter,
                {}};
  for (std::size_t i = 0; i < backend::kNotCachedCount; ++i) {
    const auto why = static_cast<backend::NotCached>(i);
    metric.samples.push_back({{{"reason", std::string(backend::to_text(why))}},
                              static_cast<double>(cache.not_cached[i].load())});
  }
  return metric;
}

}  // namespace

void add_cache_metrics(std::vector<Metric>& metrics, const backend::SharedCache& cache) {
  const backend::ResultCache::Counters counters = cache.results.counters();
  const auto total = [&](const char* name, const char* help, std::uint64_t value) {
    add(metrics, name, help, MetricType::Counter, static_cast<double>(value));
  };
  const auto now = [&](const char* name, const char* help, double value) {
    add(metrics, name, help, MetricType::Gauge, value);
  };
  total("understudy_cache_hits_total", "Reads answered from the cache.", counters.hits);
  const auto missed = static_cast<std::size_t>(backend::NotCached::Missed);
  total("understudy_cache_misses_total", "Reads chosen for the cache that went to a server.",
        cache.not_cached[missed].load());
  total("understudy_cache_invalidations_total",
        "Answers thrown away because what they read had changed.", counters.invalid);
  total("understudy_cache_stores_total", "Answers put into the cache.", counters.stores);
  total("understudy_cache_evictions_total", "Answers put out for lack of room.",
        counters.evictions);
  total("understudy_cache_flights_joined_total",
        "Reads that waited for the answer that another session was getting.", counters.waits);
  now("understudy_cache_bytes", "Memory that the cache takes.",
      static_cast<double>(counters.bytes));
  now("understudy_cache_entries", "Answers in the cache.", static_cast<double>(counters.entries));
  const backend::CacheClock::View view = cache.clock.read();
  now("understudy_cache_open", "1 while the cache may answer.", view.open ? 1 : 0);
  const Duration age = net::Loop::now() - view.current_as_of;
  now("understudy_cache_age_seconds",
      "How old what the cache has seen of the primary's log may be; -1 while it is closed.",
      view.open ? std::chrono::duration<double>(age).count() : -1);
  metrics.push_back(not_cached(cache));
}

}  // namespace understudy::app
