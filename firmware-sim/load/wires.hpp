// Many connections on one epoll set: what comes is told to a listener, what is queued goes out once
// a turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/connection.hpp"

namespace treeline::load {

// One thread. Takes SIGINT and SIGTERM as the order to end.
class Wires {
  public:
    // Told during turn(). It may open, close and queue on any wire.
    class Listener {
      public:
        Listener() = default;
        virtual ~Listener() = default;
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;

        virtual void opened(std::size_t wire) = 0;
        virtual void received(std::size_t wire, std::string_view bytes) = 0;
        virtual void lost(std::size_t wire, const std::string& why) = 0;  // it is closed
    };

    explicit Wires(Listener& listener);
    ~Wires();
    Wires(const Wires&) = delete;
    Wires& operator=(const Wires&) = delete;

    // Begins to connect; `lost` or `opened` follows in a turn. The wire must be closed.
    void open(std::size_t wire, const Target& target, SSL_SESSION* session = nullptr);
    void close(std::size_t wire);
    bool is_open(std::size_t wire) const;
    // What is appended here goes out at the end of the turn. REQUIRES: is_open.
    std::string& queue(std::size_t wire);
    const Connection* connection(std::size_t wire) const { return slots_[wire].connection.get(); }

    // Sends what is queued, waits until something is ready or `until_us` has come (the steady
    // clock), tells the listener, and sends what that has queued.
    void turn(std::int64_t until_us);
    // How often it was told to end, by SIGINT or SIGTERM.
    unsigned orders_to_end() const { return orders_to_end_; }

  private:
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::string queue;
        std::uint32_t events = 0;  // as the epoll set has them
        std::uint32_t generation = 0;
        bool is_dirty = false;
    };

    void progress(std::size_t wire);
    void read(std::size_t wire);
    void flush();
    void watch(std::size_t wire);
    void lose(std::size_t wire, const std::string& why);

    Listener& listener_;
    std::vector<Slot> slots_;
    std::vector<std::size_t> dirty_;
    std::vector<std::size_t> failed_;  // could not even begin to connect
    std::string scratch_;
    int epoll_;
    int signals_;
    unsigned orders_to_end_ = 0;
};

}  // namespace treeline::load
