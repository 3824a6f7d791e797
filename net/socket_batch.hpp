// SocketBatch: many sockets read, or written, in one system call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct io_uring;

namespace treeline {

// One recv or send of a batch. Nobody waits: what would block answers -EAGAIN.
struct SocketIo {
    int fd = -1;
    char* bytes = nullptr;  // where to (receive), where from (send)
    std::size_t size_bytes = 0;
    std::int32_t result = 0;  // bytes moved, 0 when the peer has closed, or -errno
};

// Through io_uring, used as a list of system calls and nothing more: what is handed in is done when
// the call returns, so no buffer and no descriptor is ever the kernel's between calls. Where the
// kernel has none, or forbids it, each socket is called by itself. Owned by one thread.
// Source: io_uring(7), docs/adr/0010.
class SocketBatch {
  public:
    enum class Way : std::uint8_t { ring_if_possible, call_by_call };
    static constexpr std::size_t size_max = 64;

    explicit SocketBatch(Way way = Way::ring_if_possible);
    ~SocketBatch();
    SocketBatch(const SocketBatch&) = delete;
    SocketBatch& operator=(const SocketBatch&) = delete;

    bool has_ring() const { return ring_ != nullptr; }
    // REQUIRES: at most size_max of them, each of another socket. In no order among themselves.
    void receive(std::span<SocketIo> wanted);
    void send(std::span<SocketIo> wanted);

  private:
    enum class Direction : std::uint8_t { in, out };
    void carry_out(std::span<SocketIo> wanted, Direction direction);
    void submit(std::span<SocketIo> wanted, Direction direction);

    struct Close {
        void operator()(io_uring* ring) const;
    };
    std::unique_ptr<io_uring, Close> ring_;
};

}  // namespace treeline
