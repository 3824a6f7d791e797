#include "firmware-sim/load/result.hpp"

namespace treeline::load {
namespace {

double per(double amount, std::uint64_t number) {
    return number == 0 ? 0 : amount / static_cast<double>(number);
}

double cpu_us(const LoadResult& result) {
    return static_cast<double>(result.end.cpu_ns - result.begin.cpu_ns) / 1'000;
}

}  // namespace

double LoadResult::server_cpu_us_per_message() const {
    return per(cpu_us(*this), messages);
}

double LoadResult::server_cpu_us_per_login() const {
    return per(cpu_us(*this), logins);
}

double LoadResult::resident_kib_per_connection() const {
    const auto grown =
        static_cast<double>(seated.resident_kib) - static_cast<double>(before.resident_kib);
    return per(grown, devices + apps);
}

}  // namespace treeline::load
