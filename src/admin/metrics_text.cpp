#include "admin/metrics_text.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace understudy::admin {
namespace {

prometheus::ClientMetric to_client_metric(const Metric& metric, const Metric::Sample& sample) {
  prometheus::ClientMetric result;
  for (const auto& [name, value] : sample.labels)
    result.label.push_back({name, value});
  if (metric.type == MetricType::Counter)
    result.counter.value = sample.value;
  else
    result.gauge.value = sample.value;
  return result;
}

// Our own counters as a source for Prometheus: read when asked, nothing is registered.
class ApiCollectable final : public prometheus::Collectable {
 public:
  explicit ApiCollectable(const AdminApi& api) : api_(api) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families;
    for (const Metric& metric : api_.metrics()) {
      prometheus::MetricFamily& family = families.emplace_back();
      family.name = metric.name;
      family.help = metric.help;
      family.type = metric.type == MetricType::Counter ? prometheus::MetricType::Counter
                                                       : prometheus::MetricType::Gauge;
      for (const Metric::Sample& sample : metric.samples)
        family.metric.push_back(to_client_metric(metric, sample));
    }
    return families;
  }

 private:
  const AdminApi& api_;
};

}  // namespace

std::string metrics_text(const AdminApi& api) {
  return prometheus::TextSerializer().Serialize(ApiCollectable(api).Collect());
}

}  // namespace understudy::admin
