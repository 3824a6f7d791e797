// A long answer, a reader that takes its time, and a right that is taken away meanwhile.
#include <fstream>
#include <regex>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/live/fixture_tree.hpp"
#include "tests/support/live/app.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

std::uint16_t plain_port(const Server& server) {
    std::ifstream log(server.log_file());
    const std::regex told("plain listener on [^ ]*:([0-9]+)");
    std::smatch match;
    for (std::string line; std::getline(log, line);) {
        if (std::regex_search(line, match, told)) {
            return static_cast<std::uint16_t>(std::stoul(match[1]));
        }
    }
    return 0;
}

// Over plain TCP, with buffers so small that little of an answer is on its way at once.
class SlowReader {
  public:
    explicit SlowReader(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int buffer = 4096, segment = 536;
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
        const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = 0};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    }
    ~SlowReader() { close(fd_); }
    // Asks, and reads the first bytes.
    void begin(const std::string& path, const std::string& token) {
        const std::string request = "GET " + path +
                                    " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                    "Authorization: Bearer " +
                                    token + "\r\n\r\n";
        EXPECT_EQ(send(fd_, request.data(), request.size(), 0),
                  static_cast<ssize_t>(request.size()));
        EXPECT_TRUE(take());
    }
    void read_on() {
        while (take()) {
        }
    }
    std::size_t promised() const {
        std::smatch match;
        const std::regex length("Content-Length: ([0-9]+)");
        return std::regex_search(got, match, length) ? std::stoul(match[1]) : 0;
    }
    std::size_t body_size() const { return got.size() - (got.find("\r\n\r\n") + 4); }

    std::string got;

  private:
    bool take() {
        char bytes[4096];
        const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
        got.append(bytes, n > 0 ? static_cast<std::size_t>(n) : 0);
        return n > 0;
    }

    int fd_;
};

constexpr const char* config =
    "[server]\nplain_listen = \"127.0.0.1:0\"\n[limits]\nrest_per_org_minute = 0\n"
    "rest_per_user_minute = 0\n[log]\nfile = \"LOG_FILE\"\n";

// A client org with a lamp whose pins make an answer of half a megabyte.
struct Client {
    Tenant tenant;
    std::string admin, staff, pins;
    std::uint64_t org = 0, lamp = 0, membership = 0;

    explicit Client(const Server& server) : tenant(server) {
        admin = tenant.sign_in(admin_email, admin_password);
        const auto root =
            number_at(tenant.expect(200, "GET", "/orgs", admin).at("items").at(0), "id");
        org = tenant.org(admin, root, "client");
        const auto elsewhere = tenant.org(admin, root, "elsewhere");
        const auto user = tenant.user(admin, elsewhere, "staff@example.org", 3);
        membership = tenant.membership(admin, org, user.id, 2);
        staff = tenant.sign_in("staff@example.org", user_password);
        lamp = tenant.device(admin, org, "lamp").id;
        pins = "/devices/" + std::to_string(lamp) + "/pins";
        for (int pin = 0; pin < 250; ++pin) {
            tenant.expect(200, "PUT", pins + "/" + std::to_string(pin), admin,
                          json::object{{"values", json::array{std::string(1'000, '"')}}});
        }
    }
};

TEST(LiveExport, PRM_07_is_cut_when_its_reader_loses_the_right_and_nobody_elses_is) {
    Server server({.shards = 2, .config = config});
    server.start();
    Client client(server);
    SlowReader loses(plain_port(server)), keeps(plain_port(server));
    loses.begin("/api/v1" + client.pins, client.staff);
    keeps.begin("/api/v1" + client.pins, client.admin);
    ASSERT_GT(loses.promised(), 400'000U) << loses.got;
    auto names = client.tenant.permissions(client.admin, client.org, 2);
    std::erase(names, "org_devices.view");
    client.tenant.permissions(client.admin, client.org, 2, names);  // acknowledged
    loses.read_on();
    keeps.read_on();
    EXPECT_LT(loses.body_size(), loses.promised()) << "cut, and to be seen by its length";
    EXPECT_EQ(keeps.body_size(), keeps.promised());
    std::printf("%zu of %zu bytes came to who lost the right\n", loses.body_size(),
                loses.promised());
}

TEST(LiveExport, PRM_07_is_cut_when_the_membership_of_its_reader_ends_by_itself) {
    Server server({.shards = 2, .config = config});
    server.start();
    Client client(server);
    App app(server, client.staff);
    ASSERT_EQ(app.watch_device(client.lamp).status(), wire::OK);
    const UnixTime end = read_clock().wall + Millis(1'500);
    client.tenant.expect(200, "PATCH", "/memberships/" + std::to_string(client.membership),
                         client.admin, json::object{{"not_after", rfc3339(end)}});
    SlowReader reader(plain_port(server));
    reader.begin("/api/v1" + client.pins, client.staff);
    ASSERT_GT(reader.promised(), 400'000U) << reader.got;
    bool has_ended = false;
    while (!has_ended) {
        const auto message = app.receive();
        ASSERT_TRUE(message);
        has_ended = message->has_watch_ended();
    }
    reader.read_on();
    EXPECT_LT(reader.body_size(), reader.promised());
}

}  // namespace
}  // namespace treeline::live
