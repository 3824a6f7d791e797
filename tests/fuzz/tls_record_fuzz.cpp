// Fuzzes the records of TLS after its handshake: any cut of what a peer sends, sealed or not, says
// the same, ends the same way, and is answered the same.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "proto/tls/record_stream.hpp"

namespace {

namespace tls = treeline::proto::tls;
using Role = tls::RecordStream::Role;
using Status = tls::RecordStream::Status;

tls::TrafficKey key(char who) {
    return {tls::Suite::chacha20_poly1305_sha256, std::string(32, who), 0};
}

struct Heard {
    std::string said;
    std::string answers;
    Status last = Status::more;
    bool operator==(const Heard&) const = default;
};

Heard hear(std::string_view bytes, std::size_t step, std::size_t room, Role role) {
    tls::RecordStream stream(role, key('p'), key('o'), {});
    Heard heard;
    std::string into(room, '?');
    while (heard.last == Status::more && !bytes.empty()) {
        std::string_view input = bytes.substr(0, step);
        bytes.remove_prefix(input.size());
        do {
            std::size_t size = 0;
            heard.last = stream.read(input, into, size);
            CHECK((heard.last == Status::data) == (size != 0) && size <= into.size());
            heard.said += into.substr(0, size);
            heard.answers += stream.take_answer();
        } while (heard.last == Status::data);
        CHECK(heard.last != Status::more || input.empty());
    }
    return heard;
}

// Input: operations, each a byte that says what (two bits) and of which type, a length, bytes.
std::string bytes_of(std::string_view input) {
    tls::TrafficKey peers = key('p');
    std::string bytes;
    while (input.size() >= 2) {
        const auto what = static_cast<unsigned char>(input[0]);
        const auto length = static_cast<unsigned char>(input[1]);
        const std::string_view content = input.substr(2, length);
        input.remove_prefix(2 + content.size());
        if ((what & 3U) == 0) {
            bytes += content;
        } else {
            peers.seal(static_cast<tls::ContentType>(what >> 2U), content, bytes);
        }
        if ((what & 3U) == 2) {
            peers.update();
        }
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto role = (data[0] & 1U) != 0 ? Role::server : Role::client;
    const std::string bytes = bytes_of({reinterpret_cast<const char*>(data + 1), size - 1});
    const Heard whole = hear(bytes, bytes.size() + 1, 20'000, role);
    CHECK(hear(bytes, 1, 20'000, role) == whole);
    CHECK(hear(bytes, 7, 3, role) == whole);
    return 0;
}
