// An HTTP/1.1 client of the platform API, with JSON in and out. Owned by one thread.
#pragma once

#include <map>
#include <string>

#include <boost/json.hpp>

#include "tests/support/live/server.hpp"
#include "tests/support/live/stream.hpp"

namespace treeline::live {

struct Answer {
    unsigned status = 0;                         // 0: the connection closed without one
    std::map<std::string, std::string> headers;  // names lower-cased
    std::string body;
    boost::json::value json() const;  // aborts the test when the body is not JSON
};

class Http {
  public:
    explicit Http(const Server& server);
    // `path` from the root, e.g. "/api/v1/devices". An empty body sends none; an empty token sends
    // no Authorization. Reconnects when the server has closed.
    Answer request(const std::string& method, const std::string& path, const std::string& token,
                   const std::string& body = "");
    Answer request(const std::string& method, const std::string& path, const std::string& token,
                   const boost::json::value& body);

  private:
    Answer read_answer();
    std::uint16_t port_;
    std::string ca_file_;
    std::unique_ptr<TlsStream> stream_;
};

// The platform API's everyday calls; each aborts the test on an unexpected status and says which.
class Tenant {
  public:
    explicit Tenant(const Server& server) : http(server) {}
    std::string sign_in(const std::string& email, const std::string& password);
    std::uint64_t org(const std::string& token, std::uint64_t parent, const std::string& name);
    struct NewUser {
        std::uint64_t id = 0, membership = 0;
        std::string email;
    };
    NewUser user(const std::string& token, std::uint64_t org, const std::string& email, int role);
    struct NewDevice {
        std::uint64_t id = 0;
        std::string token;
    };
    NewDevice device(const std::string& token, std::uint64_t org, const std::string& name,
                     std::uint64_t owner = 0);
    std::uint64_t membership(const std::string& token, std::uint64_t org, std::uint64_t user,
                             int role, const boost::json::object& period = {});
    void permissions(const std::string& token, std::uint64_t org, int role,
                     const std::vector<std::string>& names);
    std::vector<std::string> permissions(const std::string& token, std::uint64_t org, int role);
    // The expected status, or the test aborts.
    boost::json::value expect(unsigned status, const std::string& method, const std::string& path,
                              const std::string& token, const boost::json::value& body = nullptr);

    Http http;
};

inline constexpr const char* user_password = "a long enough password";
std::uint64_t number_at(const boost::json::value& value, const char* key);

}  // namespace treeline::live
