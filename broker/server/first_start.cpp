// What happens once in the life of a data directory.
#include "broker/server/first_start.hpp"

#include <array>
#include <cstdlib>

#include <openssl/rand.h>

#include "base/check.hpp"
#include "base/time.hpp"
#include "broker/domain/event.hpp"
#include "broker/identity/password.hpp"
#include "broker/identity/token.hpp"
#include "broker/registry/replay.hpp"
#include "broker/server/exit_code.hpp"

namespace treeline {

namespace {

constexpr std::size_t password_size = 24;

template <std::size_t N>
void fill_random(std::array<std::byte, N>& bytes) {
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(N)) == 1);
}

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

}  // namespace

void found_log(storage::Log& log) {
    Founded founded;
    fill_random(founded.wire_key);
    Change change;
    change.at = read_clock().wall;
    change.events.emplace_back(founded);
    const std::array<std::string, 1> entries{encode_change(change)};
    if (!log.append_if(0, entries)) {
        throw StartError(ExitCode::storage, "the registry can't be written");
    }
}

std::string random_password() {
    std::array<std::byte, 24> random{};
    fill_random(random);
    return device_token(random).substr(0, password_size);
}

FirstAdmin first_admin() {
    FirstAdmin admin{from_environment("TREELINE_ADMIN_EMAIL"),
                     from_environment("TREELINE_ADMIN_PASSWORD"), false};
    if (admin.email.empty()) {
        admin.email = "admin@localhost";
    }
    if (admin.password.empty()) {
        admin.password = random_password();
        admin.generated = true;
    }
    if (admin.password.size() < password_size_min || admin.password.size() > password_size_max) {
        throw StartError(ExitCode::configuration, "TREELINE_ADMIN_PASSWORD needs 8 to 128 bytes");
    }
    return admin;
}

}  // namespace treeline
