// What the wire costs without a wire: frames in, frames out, app messages out.
#include <benchmark/benchmark.h>

#include "broker/session/app_session.hpp"
#include "broker/session/device_session.hpp"
#include "proto/device/body.hpp"
#include "proto/device/frame.hpp"
#include "proto/tls/record_stream.hpp"

namespace treeline {
namespace {

using namespace std::string_view_literals;

// A device's `vw 5` with a value of 20 bytes, as the anchors' comparison sends it.
std::string written_frame() {
    return proto::encode_frame(proto::Command::hardware, 7, "vw\0005\00012345678901234567890"sv);
}

void frame_decode(benchmark::State& state) {
    const std::string bytes = written_frame();
    proto::FrameDecoder decoder(device_body_size_bytes_max);
    for (auto _ : state) {
        decoder.feed(bytes);
        const auto frame = decoder.next();
        benchmark::DoNotOptimize(proto::parse_write((**frame).body));
        decoder.release();
    }
}
BENCHMARK(frame_decode);

void frame_encode(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(hardware_frame(7, 5, "12345678901234567890"));
    }
}
BENCHMARK(frame_encode);

proto::tls::TrafficKey tls_key(proto::tls::Suite suite) {
    return {suite, std::string(proto::tls::secret_size_bytes(suite), 's'), 0};
}

// The frame sealed by one end and opened by the other.
void tls_record_there_and_back(benchmark::State& state, proto::tls::Suite suite) {
    using proto::tls::RecordStream;
    RecordStream client(RecordStream::Role::client, tls_key(suite), tls_key(suite), {});
    RecordStream server(RecordStream::Role::server, tls_key(suite), tls_key(suite), {});
    const std::string frame = written_frame();
    std::string record;
    std::string into(16'896, '\0');
    for (auto _ : state) {
        record.clear();
        client.write(frame, record);
        std::string_view input = record;
        std::size_t size = 0;
        benchmark::DoNotOptimize(server.read(input, into, size));
    }
}
BENCHMARK_CAPTURE(tls_record_there_and_back, aes_128_gcm, proto::tls::Suite::aes_128_gcm_sha256);
BENCHMARK_CAPTURE(tls_record_there_and_back, aes_256_gcm, proto::tls::Suite::aes_256_gcm_sha384);
BENCHMARK_CAPTURE(tls_record_there_and_back, chacha20_poly1305,
                  proto::tls::Suite::chacha20_poly1305_sha256);

AppValue one_value() {
    return {DeviceId{4711},
            {5, "12345678901234567890", from_unix_ms(1'800'000'000'000), Origin::device}};
}

void app_value_encode(benchmark::State& state, Encoding encoding) {
    const WireIds wire;
    const AppMessage message = one_value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(frame_message(message, encoding, wire));
    }
}
BENCHMARK_CAPTURE(app_value_encode, protobuf, Encoding::protobuf);
BENCHMARK_CAPTURE(app_value_encode, json, Encoding::json);

void app_reply_encode(benchmark::State& state, Encoding encoding) {
    const WireIds wire;
    AppReply reply;
    reply.request = 300;
    reply.status = AppStatus::ok;
    reply.revision = 1'000;
    reply.result = Delivery::delivered;
    const AppMessage message = reply;
    for (auto _ : state) {
        benchmark::DoNotOptimize(frame_message(message, encoding, wire));
    }
}
BENCHMARK_CAPTURE(app_reply_encode, protobuf, Encoding::protobuf);
BENCHMARK_CAPTURE(app_reply_encode, json, Encoding::json);

void app_write_decode(benchmark::State& state) {
    const WireIds wire;
    // request 9, write {device, pin 5, one text of 20 bytes}.
    const std::string device = "\x08\xb4\x97\xc8\xf0\xa1\xd2\x0b";
    const std::string value =
        "\x0a\x14"
        "12345678901234567890";
    std::string write = device + "\x10\x05\x1a" + static_cast<char>(value.size()) + value;
    const std::string bytes = std::string("\x08\x09\x2a") + static_cast<char>(write.size()) + write;
    for (auto _ : state) {
        benchmark::DoNotOptimize(decode(bytes, Encoding::protobuf, wire));
    }
}
BENCHMARK(app_write_decode);

}  // namespace
}  // namespace treeline
