// A certificate authority of one's own and a certificate for this machine: what a broker without
// configured certificates starts with.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace treeline {

// Makes ca.pem, ca.key, cert.pem and key.pem in `directory` (ECDSA P-256; localhost, 127.0.0.1,
// ::1; keys mode 0600), unless cert.pem and key.pem are there already. Fails with one clear line.
ResultOf<void, std::string> make_development_certificate(const std::filesystem::path& directory);

}  // namespace treeline
