// NumberSet: a persistent ordered set of numbers that is small when it holds few; O(1) to copy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/radix_map.hpp"
#include "base/shared.hpp"

namespace treeline {

// Most sets of a directory hold one number or ten, spread so wide that each costs a RadixMap some
// hundred bytes. So one is held here, a few in one sorted array, and only many in a RadixMap. One
// thread changes a given set; copies live on any thread.
class NumberSet {
  public:
    using Key = std::uint64_t;  // greater than 0

    bool contains(Key key) const;
    // REQUIRES: key > 0.
    void insert(Key key);
    // Nothing where it is not there.
    void erase(Key key);

    std::size_t size() const;
    bool empty() const { return only_ == 0 && !more_; }

    // Calls visit(key) for the keys greater than `after`, ascending, until it returns false.
    template <class Visit>  // bool(Key)
    void visit(Key after, Visit&& visit) const;

  private:
    struct Unit {};
    using Many = RadixMap<Unit>;
    struct More : Counted {
        std::vector<Key> few;  // ascending; empty where there are many
        Many many;
    };
    static constexpr std::size_t few_max = 32;
    static constexpr std::size_t many_min = few_max / 2;  // fewer are a few again

    static void insert_few(More& more, Key key);
    static void erase_many(More& more, Key key);

    // INVARIANT: at most one of these. `more_` holds two or more.
    Key only_ = 0;
    Shared<More> more_;
};

inline bool NumberSet::contains(Key key) const {
    if (!more_) {
        return only_ == key && key != 0;
    }
    return more_->few.empty() ? more_->many.contains(key)
                              : std::binary_search(more_->few.begin(), more_->few.end(), key);
}

inline std::size_t NumberSet::size() const {
    if (!more_) {
        return only_ == 0 ? 0 : 1;
    }
    return more_->few.empty() ? more_->many.size() : more_->few.size();
}

inline void NumberSet::insert(Key key) {
    if (contains(key)) {
        return;
    }
    if (empty()) {
        only_ = key;
        return;
    }
    if (!more_) {
        more_ = Shared<More>(new More);
        more_.own().few = {std::exchange(only_, 0)};
    }
    More& more = more_.own();
    if (more.few.empty()) {
        more.many.set(key, {});
    } else {
        insert_few(more, key);
    }
}

inline void NumberSet::insert_few(More& more, Key key) {
    std::vector<Key>& few = more.few;
    if (few.size() == few_max) {
        for (const Key one : std::exchange(few, {})) {
            more.many.set(one, {});
        }
        more.many.set(key, {});
        return;
    }
    few.reserve(few.size() + 1);  // no room to spare: there are as many of these as orgs
    few.insert(std::lower_bound(few.begin(), few.end(), key), key);
}

inline void NumberSet::erase(Key key) {
    if (!contains(key)) {
        return;
    }
    if (!more_) {
        only_ = 0;
        return;
    }
    More& more = more_.own();
    if (more.few.empty()) {
        erase_many(more, key);
        return;
    }
    more.few.erase(std::lower_bound(more.few.begin(), more.few.end(), key));
    if (more.few.size() == 1) {
        only_ = more.few.front();
        more_ = {};
    }
}

inline void NumberSet::erase_many(More& more, Key key) {
    more.many.erase(key);
    if (more.many.size() >= many_min) {
        return;
    }
    more.few.reserve(more.many.size());
    more.many.visit(0, [&](Key one, Unit) {
        more.few.push_back(one);
        return true;
    });
    more.many = {};
}

template <class Visit>
void NumberSet::visit(Key after, Visit&& visit) const {
    if (!more_) {
        if (only_ > after) {
            visit(only_);
        }
        return;
    }
    if (more_->few.empty()) {
        more_->many.visit(after, [&](Key key, Unit) { return visit(key); });
        return;
    }
    const std::vector<Key>& few = more_->few;
    auto at = std::upper_bound(few.begin(), few.end(), after);
    while (at != few.end() && visit(*at)) {
        ++at;
    }
}

}  // namespace treeline
