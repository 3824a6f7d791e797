// Many connections on one epoll set: what comes is told to a listener, what is queued goes out once
// a turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/connection.hpp"
#include "net/wire_batch.hpp"

struct epoll_event;

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

    void take_events(std::span<const epoll_event> events);
    void bring_in(std::span<const epoll_event> events);
    void keep_arrivals();
    void progress(std::size_t wire);
    void read(std::size_t wire);
    void flush();
    void write(std::size_t wire);
    void send_off();
    void watch(std::size_t wire);
    void lose(std::size_t wire, const std::string& why);

    Listener& listener_;
    // Which connection, not only on which wire: it may have been opened anew meanwhile.
    struct Mark {
        std::size_t wire;
        std::uint32_t generation;
    };
    Connection* find(Mark mark);

    std::vector<Slot> slots_;
    WireBatch batch_;
    std::vector<Wire*> arriving_;  // of the connections in `brought_`, for one call
    std::vector<Mark> brought_;
    std::vector<Mark> departing_;  // INVARIANT: as many as in `batch_`, in the same order
    unsigned handshakes_ = 0;      // of this turn
    std::vector<std::size_t> dirty_;
    std::vector<std::size_t> failed_;  // could not even begin to connect
    std::string scratch_;
    int epoll_;
    int signals_;
    unsigned orders_to_end_ = 0;
};

}  // namespace treeline::load
