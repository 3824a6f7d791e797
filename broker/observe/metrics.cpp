// Metrics by prometheus-cpp's text serializer.
#include "broker/observe/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace treeline::observe {

namespace {

prometheus::MetricType type_of(MetricType type) {
    switch (type) {
        case MetricType::counter:
            return prometheus::MetricType::Counter;
        case MetricType::gauge:
            return prometheus::MetricType::Gauge;
        case MetricType::histogram:
            break;
    }
    return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric metric_of(MetricType type, const Sample& sample) {
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : sample.labels) {
        metric.label.push_back({name, value});
    }
    switch (type) {
        case MetricType::counter:
            metric.counter.value = sample.value;
            break;
        case MetricType::gauge:
            metric.gauge.value = sample.value;
            break;
        case MetricType::histogram:
            metric.histogram.sample_count = sample.count;
            metric.histogram.sample_sum = sample.sum;
            for (const Bucket& bucket : sample.buckets) {
                metric.histogram.bucket.push_back({bucket.cumulative, bucket.upper_bound});
            }
            break;
    }
    return metric;
}

}  // namespace

std::string render_metrics(const std::vector<Family>& families) {
    std::vector<prometheus::MetricFamily> rendered;
    rendered.reserve(families.size());
    for (const Family& family : families) {
        prometheus::MetricFamily& out = rendered.emplace_back();
        out.name = family.name;
        out.help = family.help;
        out.type = type_of(family.type);
        for (const Sample& sample : family.samples) {
            out.metric.push_back(metric_of(family.type, sample));
        }
    }
    return prometheus::TextSerializer().Serialize(rendered);
}

}  // namespace treeline::observe
