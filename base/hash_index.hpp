// HashIndex: from the hash of what a row says to the row's number; O(1) to copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/hash_trie.hpp"

namespace treeline {

// Holds no keys: they stand in the rows already, and whoever looks compares them there. More than
// one number may stand under a hash. Id is a number or a scoped enum of one; 0 is none. One thread
// changes a given index; copies live on any thread.
template <class Id>
class HashIndex {
  public:
    // Nothing where the pair is there.
    void insert(std::uint64_t hash, Id id) { marks_.set({hash, id}, {}); }
    // Nothing where it is not.
    void erase(std::uint64_t hash, Id id) { marks_.erase(Mark{hash, id}); }

    // The first under `hash` that matches; Id{}: none.
    template <class Matches>  // bool(Id)
    Id find(std::uint64_t hash, Matches&& matches) const {
        const Mark* mark = marks_.find_key(Sought<Matches>{hash, matches});
        return mark == nullptr ? Id{} : mark->id;
    }

    std::size_t size() const { return marks_.size(); }

  private:
    template <class Matches>
    struct Sought {
        std::uint64_t hash;
        Matches& matches;
    };
    struct Mark {
        std::uint64_t hash;
        Id id;

        bool operator==(const Mark&) const = default;
        template <class Matches>
        friend bool operator==(const Mark& mark, const Sought<Matches>& sought) {
            return mark.hash == sought.hash && sought.matches(mark.id);
        }
    };
    struct GivenHash {
        template <class Hashed>
        std::uint64_t operator()(const Hashed& hashed) const {
            return hashed.hash;
        }
    };
    struct Unit {};

    HashTrie<Mark, Unit, GivenHash> marks_;
};

}  // namespace treeline
