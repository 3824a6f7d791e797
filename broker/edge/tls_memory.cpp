// A few record buffers per thread, reused in the order of a stack.
#include "broker/edge/tls_memory.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>

#include <malloc.h>
#include <openssl/crypto.h>

#include "base/check.hpp"

namespace treeline {

namespace {

// OpenSSL asks for 16 KiB and what header, tag and alignment add, by version and direction.
constexpr std::size_t record_size_bytes_min = 16 * 1024;
constexpr std::size_t buffer_size_bytes = 17 * 1024;
constexpr std::size_t buffers_kept_max = 4;  // one is read, one is written; a few are half full

bool is_for_record(std::size_t size) {
    return size > record_size_bytes_min && size <= buffer_size_bytes;
}

thread_local bool is_over = false;  // the thread ends: nothing is kept any more

// Owned by one thread. INVARIANT: what is kept came from malloc(buffer_size_bytes) or more, so a
// buffer may be given back on another thread than it was taken on.
class Kept {
  public:
    ~Kept() {
        while (void* const buffer = take()) {
            std::free(buffer);
        }
        is_over = true;
    }
    void* take() { return count_ == 0 ? nullptr : buffers_[--count_]; }
    bool keep(void* buffer) {
        if (count_ == buffers_.size()) {
            return false;
        }
        buffers_[count_++] = buffer;
        return true;
    }

  private:
    std::array<void*, buffers_kept_max> buffers_{};
    std::size_t count_ = 0;
};
thread_local Kept kept;

void* allocate(std::size_t size, const char*, int) {
    if (!is_for_record(size)) {
        return std::malloc(size);
    }
    void* const buffer = is_over ? nullptr : kept.take();
    return buffer != nullptr ? buffer : std::malloc(buffer_size_bytes);
}

void* reallocate(void* memory, std::size_t size, const char*, int) {
    return std::realloc(memory, size);
}

void release(void* memory, const char*, int) {
    const std::size_t size = malloc_usable_size(memory);  // 0 for null
    const bool fits = size >= buffer_size_bytes && size <= buffer_size_bytes + 64;
    if (!fits || is_over || !kept.keep(memory)) {
        std::free(memory);
    }
}

}  // namespace

void keep_record_buffers() {
    CHECK(CRYPTO_set_mem_functions(allocate, reallocate, release) == 1);
}

}  // namespace treeline
