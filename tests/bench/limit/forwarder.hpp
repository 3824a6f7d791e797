// The physical limit: TLS in, TLS out, and nothing between that a broker would have.
//
// A connection says who it is, is answered with one byte, and from then on whatever it sends goes
// to all of its group that have the other role:
//
//   header = "TLF" role group          role "D" or "A"; group u32, big-endian
//   answer = "."
//
// No rules, no parsing, no state but the groups. What a turn has gathered for a connection goes out
// in one write at the end of the turn.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/limit/link.hpp"

namespace treeline::limit {

// One thread. Listens on 127.0.0.1 only.
class Forwarder {
  public:
    explicit Forwarder(SslContextPointer context);
    ~Forwarder();
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    // Port 0: any free one. The port; 0 when it can't be had.
    std::uint16_t listen(std::uint16_t port);
    // Until the process is ended by a signal.
    void run();

  private:
    using Group = std::array<std::vector<int>, 2>;  // descriptors: of apps, of devices

    void accept_all();
    void ready(int descriptor);
    void join(Link& link, std::string_view bytes);
    void forward(const Link& from, std::string_view bytes);
    void queue(Link& link, std::string_view bytes);
    void flush();
    void watch(Link& link);
    void close(int descriptor);

    SslContextPointer context_;
    std::vector<std::unique_ptr<Link>> links_;  // by descriptor
    std::vector<Group> groups_;
    std::vector<int> dirty_;
    std::string scratch_;
    int epoll_;
    int listener_ = -1;
};

}  // namespace treeline::limit
