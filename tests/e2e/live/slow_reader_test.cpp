// A long answer, a reader that takes its time, and a right that is taken away meanwhile.
#include <regex>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/live/fixture_tree.hpp"
#include "tests/support/live/app.hpp"
#include "tests/support/live/device.hpp"
#include "tests/support/live/http.hpp"
#include "tests/support/live/plain_http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

constexpr int small_buffer = 4096;
constexpr unsigned command_ping = 6;

// With buffers so small that little of an answer is on its way at once.
class SlowReader {
  public:
    SlowReader(const Server& server, bool encrypted) {
        if (encrypted) {
            tls_.emplace(server.port(), server.ca_file(), small_buffer);
        } else {
            connect_plain(listener_port(server, "plain"));
        }
    }
    ~SlowReader() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    SlowReader(const SlowReader&) = delete;
    SlowReader& operator=(const SlowReader&) = delete;

    // Asks, and reads the first bytes. `behind`: what is sent with it.
    void begin(const std::string& path, const std::string& token, const std::string& behind = "") {
        const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" +
                                    (behind.empty() ? "Connection: close\r\n" : "") +
                                    "Authorization: Bearer " + token + "\r\n\r\n" + behind;
        EXPECT_TRUE(tls_ ? tls_->write(request)
                         : send(fd_, request.data(), request.size(), 0) ==
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
    void connect_plain(std::uint16_t port) {
        fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int segment = 536;
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small_buffer, sizeof small_buffer);
        setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
        const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = 0};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    }
    bool take() {
        if (tls_) {
            const auto bytes = tls_->read();
            got += bytes.value_or("");
            return bytes && !bytes->empty();
        }
        char bytes[4096];
        const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
        got.append(bytes, n > 0 ? static_cast<std::size_t>(n) : 0);
        return n > 0;
    }

    std::optional<TlsStream> tls_;
    int fd_ = -1;
};

constexpr const char* config =
    "[server]\nplain_listen = \"127.0.0.1:0\"\n[limits]\nrest_per_org_minute = 0\n"
    "rest_per_user_minute = 0\n[device]\nflood_per_second = 0\n[admin]\nlisten = "
    "\"127.0.0.1:0\"\n[log]\nfile = \"LOG_FILE\"\n";

// A client org with a lamp whose pins make an answer of half a megabyte.
struct Client {
    Tenant tenant;
    std::string admin, staff, pins, lamp_token;
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
        const auto device = tenant.device(admin, org, "lamp");
        lamp = device.id;
        lamp_token = device.token;
        pins = "/devices/" + std::to_string(lamp) + "/pins";
    }
    void fill_pins() {
        for (int pin = 0; pin < 250; ++pin) {
            tenant.expect(200, "PUT", pins + "/" + std::to_string(pin), admin,
                          json::object{{"values", json::array{std::string(1'000, '"')}}});
        }
    }
    // The staff don't see the org's devices any more, when this returns.
    void blind_staff() {
        auto names = tenant.permissions(admin, org, 2);
        std::erase(names, "org_devices.view");
        tenant.permissions(admin, org, 2, names);
    }
};

class LiveExport : public ::testing::TestWithParam<bool> {};  // over TLS?
INSTANTIATE_TEST_SUITE_P(plain_and_tls, LiveExport, ::testing::Bool());

TEST_P(LiveExport, PRM_07_is_cut_when_its_reader_loses_the_right_and_nobody_elses_is) {
    Server server({.shards = 2, .config = config});
    server.start();
    Client client(server);
    client.fill_pins();
    SlowReader loses(server, GetParam()), asks_on(server, GetParam()), keeps(server, GetParam());
    loses.begin("/api/v1" + client.pins, client.staff);
    // What is nobody's comes behind it; what is before it stays his.
    asks_on.begin("/api/v1" + client.pins, client.staff,
                  "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    keeps.begin("/api/v1" + client.pins, client.admin);
    ASSERT_GT(loses.promised(), 400'000U) << loses.got;
    client.blind_staff();
    for (SlowReader* reader : {&loses, &asks_on}) {
        reader->read_on();
        EXPECT_LT(reader->body_size(), reader->promised()) << "cut, and to be seen by its length";
    }
    keeps.read_on();
    EXPECT_EQ(keeps.body_size(), keeps.promised());
    std::cout << loses.body_size() << " of " << loses.promised()
              << " bytes came to who lost the right\n";
}

// The end of the last record often waits for room, and the goodbye for it.
TEST_P(LiveExport, comes_whole_to_whoever_reads_slowly) {
    Server server({.shards = 1, .config = config});
    server.start();
    Client client(server);
    client.fill_pins();
    for (int round = 0; round < 10; ++round) {
        SlowReader reader(server, GetParam());
        reader.begin("/api/v1" + client.pins, client.admin);
        ASSERT_GT(reader.promised(), 400'000U) << reader.got;
        reader.read_on();
        EXPECT_EQ(reader.body_size(), reader.promised());
    }
}

TEST_P(LiveExport, PRM_07_is_cut_when_the_membership_of_its_reader_ends_by_itself) {
    Server server({.shards = 2, .config = config});
    server.start();
    Client client(server);
    client.fill_pins();
    App app(server, client.staff);
    ASSERT_EQ(app.watch_device(client.lamp).status(), wire::OK);
    const UnixTime end = read_clock().wall + Millis(3'000);
    client.tenant.expect(200, "PATCH", "/memberships/" + std::to_string(client.membership),
                         client.admin, json::object{{"not_after", rfc3339(end)}});
    SlowReader reader(server, GetParam());
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

// The sum over all shards.
double metric(const Server& server, const std::string& name) {
    const std::string text = plain_get(listener_port(server, "admin"), "/metrics");
    const std::regex line("(?:^|\n)" + name + "(?:\\{[^}]*\\})? ([0-9.e+]+)");
    double sum = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at) {
        sum += std::stod((*at)[1]);
    }
    return sum;
}

// What waits as a record of TLS can't be taken back: only the end of the connection stops it.
TEST(LiveSlowApp, PRM_07_is_reset_when_what_its_connection_holds_is_taken_from_it) {
    Server server({.shards = 1, .config = config});
    server.start();
    Client client(server);
    App loses(server, client.staff, small_buffer), keeps(server, client.admin, small_buffer);
    ASSERT_EQ(loses.watch_device(client.lamp).status(), wire::OK);
    ASSERT_EQ(keeps.watch_device(client.lamp).status(), wire::OK);
    Device lamp(server);
    ASSERT_EQ(lamp.login(client.lamp_token), 200U);
    const std::string filler(1'000, 'x');
    constexpr unsigned a_round = 100;
    std::uint64_t sent = 0;
    double folded = 0, folded_before = 0;
    // An outbox folds when it is full, and fills when its connection takes nothing more.
    do {
        ASSERT_LT(sent, 100'000U);
        for (unsigned i = 0; i < a_round; ++i, ++sent) {
            ASSERT_TRUE(lamp.write(5, std::to_string(sent) + filler));
        }
        lamp.send(command_ping, 1, {});
        ASSERT_TRUE(lamp.receive());  // all of them were routed
        folded_before = std::exchange(folded, metric(server, "treeline_values_folded_total"));
    } while (folded - folded_before < 2 * a_round);
    const double resets = metric(server, "treeline_resets_total");
    client.blind_staff();
    EXPECT_EQ(metric(server, "treeline_resets_total"), resets + 1);
    std::uint64_t came = 0;
    while (const auto message = loses.receive()) {
        came += message->has_value() ? 1 : 0;  // its presence comes, too
    }
    EXPECT_EQ(loses.close_code(), 1006U) << "no goodbye: it would come after what was revoked";
    EXPECT_LT(came, sent / 2);
    std::string last;
    while (!last.starts_with(std::to_string(sent - 1))) {
        const auto message = keeps.receive();
        ASSERT_TRUE(message) << "the other one was cut, too: " << keeps.close_code();
        last = message->has_value() ? message->value().values(0).text() : last;
    }
}

}  // namespace
}  // namespace treeline::live
