// RecyclingAllocator: single objects that come and go with every message, kept for the next one.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

namespace treeline {

// For containers of one thread: a few blocks for one T are kept per thread; everything else goes to
// std::allocator. A block may be given back on another thread than it was taken on. Nothing is kept
// under a sanitizer, which would see no use after free.
template <class T>
class RecyclingAllocator {
  public:
    using value_type = T;

    RecyclingAllocator() = default;
    template <class U>
    RecyclingAllocator(const RecyclingAllocator<U>&) {}

    T* allocate(std::size_t count) {
        if (count == 1 && kept.size > 0) {
            return kept.blocks[--kept.size];
        }
        return std::allocator<T>().allocate(count);
    }
    void deallocate(T* block, std::size_t count) {
        if (count == 1 && kept.size < kept.room) {
            kept.blocks[kept.size++] = block;
            return;
        }
        std::allocator<T>().deallocate(block, count);
    }
    friend bool operator==(const RecyclingAllocator&, const RecyclingAllocator&) { return true; }

  private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static constexpr std::size_t kept_max = 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    static constexpr std::size_t kept_max = 0;
#else
    static constexpr std::size_t kept_max = 64;
#endif
#else
    static constexpr std::size_t kept_max = 64;
#endif

    struct Kept {
        ~Kept() {
            room = 0;  // what the thread still frees is kept no more
            while (size > 0) {
                std::allocator<T>().deallocate(blocks[--size], 1);
            }
        }
        std::array<T*, kept_max> blocks;
        std::size_t size = 0;
        std::size_t room = kept_max;
    };
    inline static thread_local Kept kept{};
};

}  // namespace treeline
