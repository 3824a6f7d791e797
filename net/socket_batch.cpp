// A ring that is filled, submitted and emptied within one call.
#include "net/socket_batch.hpp"

#include <cerrno>

#include <liburing.h>
#include <sys/socket.h>

#include "base/check.hpp"

namespace treeline {

namespace {

constexpr int flags_in = MSG_DONTWAIT;
constexpr int flags_out = MSG_DONTWAIT | MSG_NOSIGNAL;

bool is_passing(int result) {
    return result == -EINTR || result == -EAGAIN || result == -EBUSY;
}

}  // namespace

void SocketBatch::Close::operator()(io_uring* ring) const {
    io_uring_queue_exit(ring);
    delete ring;
}

SocketBatch::SocketBatch(Way way) {
    if (way == Way::call_by_call) {
        return;
    }
    auto ring = std::make_unique<io_uring>();
    if (io_uring_queue_init(size_max, ring.get(), 0) == 0) {
        ring_.reset(ring.release());
    }
}

SocketBatch::~SocketBatch() = default;

void SocketBatch::receive(std::span<SocketIo> wanted) {
    carry_out(wanted, Direction::in);
}

void SocketBatch::send(std::span<SocketIo> wanted) {
    carry_out(wanted, Direction::out);
}

// One alone costs less as a call of its own.
void SocketBatch::carry_out(std::span<SocketIo> wanted, Direction direction) {
    CHECK(wanted.size() <= size_max);
    if (ring_ != nullptr && wanted.size() > 1) {
        return submit(wanted, direction);
    }
    for (SocketIo& io : wanted) {
        const ssize_t moved = direction == Direction::in
                                  ? ::recv(io.fd, io.bytes, io.size_bytes, flags_in)
                                  : ::send(io.fd, io.bytes, io.size_bytes, flags_out);
        io.result = moved < 0 ? -errno : static_cast<std::int32_t>(moved);
    }
}

// All of them are done within the call, since none may wait; the loops are for a signal between.
void SocketBatch::submit(std::span<SocketIo> wanted, Direction direction) {
    io_uring* const ring = ring_.get();
    for (SocketIo& io : wanted) {
        io_uring_sqe* const entry = io_uring_get_sqe(ring);
        CHECK(entry != nullptr);
        if (direction == Direction::in) {
            io_uring_prep_recv(entry, io.fd, io.bytes, io.size_bytes, flags_in);
        } else {
            io_uring_prep_send(entry, io.fd, io.bytes, io.size_bytes, flags_out);
        }
        io_uring_sqe_set_data(entry, &io);
    }
    while (io_uring_sq_ready(ring) != 0) {
        const int submitted = io_uring_submit_and_wait(ring, static_cast<unsigned>(wanted.size()));
        CHECK(submitted >= 0 || is_passing(submitted));
    }
    for (std::size_t done = 0; done < wanted.size(); ++done) {
        io_uring_cqe* answer = nullptr;
        int waited = 0;
        do {
            waited = io_uring_wait_cqe(ring, &answer);
        } while (is_passing(waited));
        CHECK(waited == 0);
        static_cast<SocketIo*>(io_uring_cqe_get_data(answer))->result = answer->res;
        io_uring_cqe_seen(ring, answer);
    }
}

}  // namespace treeline
