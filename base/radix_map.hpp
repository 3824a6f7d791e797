// RadixMap: a persistent ordered map from dense numbers; copying it is O(1).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "base/shared.hpp"

namespace treeline {

// A radix tree of 16 ways whose nodes hold only the ways that exist; as high as its greatest key
// needs. Copies share nodes: a change clones the path to its key where a copy still holds it, and
// happens in place where none does. One thread changes a given map; copies live on any thread.
template <class T>
class RadixMap {
  public:
    using Key = std::uint64_t;

    // Null where there is none. The pointer lives until this map changes.
    const T* find(Key key) const {
        const Node* node = fits(key) ? root_.get() : nullptr;
        for (unsigned shift = shift_; node != nullptr && shift > 0; shift -= bits) {
            node = node->child(digit(key, shift));
        }
        return node == nullptr ? nullptr : node->value(digit(key, 0));
    }

    // As find, for all of `keys` at once: in step, level by level, they wait for memory together.
    // In a map larger than the processor's cache that takes a fraction of the time.
    std::vector<const T*> find_all(const std::vector<Key>& keys) const {
        std::vector<const Node*> nodes(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            nodes[i] = fits(keys[i]) ? root_.get() : nullptr;
        }
        for (unsigned shift = shift_; shift > 0; shift -= bits) {
            for (std::size_t i = 0; i < keys.size(); ++i) {
                nodes[i] = nodes[i] == nullptr ? nullptr : nodes[i]->child(digit(keys[i], shift));
            }
        }
        std::vector<const T*> found(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            found[i] = nodes[i] == nullptr ? nullptr : nodes[i]->value(digit(keys[i], 0));
        }
        return found;
    }

    bool contains(Key key) const { return find(key) != nullptr; }

    void set(Key key, T value) { edit(key) = std::move(value); }

    // The value to be changed in place, made empty where there was none. Until this map is used.
    T& edit(Key key) {
        grow(key);
        Shared<Node>* link = &root_;
        for (unsigned shift = shift_;; shift -= bits) {
            if (!*link) {
                *link = Shared<Node>(new Node);
            }
            Node& node = link->own();
            const unsigned d = digit(key, shift);
            const std::size_t at = node.position(d);
            const bool is_new = !node.has(d);
            node.present |= 1U << d;
            if (shift == 0) {
                size_ += is_new ? 1 : 0;
                return placed(node.values, at, is_new);
            }
            link = &placed(node.children, at, is_new);
        }
    }

    // Nothing where there is none.
    void erase(Key key) {
        if (find(key) == nullptr) {
            return;
        }
        erase_below(root_, shift_, key);
        if (--size_ == 0) {
            shift_ = 0;
        }
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    // Calls visit(key, value) for the keys greater than `after`, ascending, until it returns false.
    template <class Visit>  // bool(Key, const T&)
    void visit(Key after, Visit&& visit) const {
        if (after != std::numeric_limits<Key>::max()) {
            visit_from(after + 1, visit);
        }
    }

    // As visit, for the keys that are `first` or greater.
    template <class Visit>
    void visit_from(Key first, Visit&& visit) const {
        if (root_ && fits(first)) {
            visit_below(*root_, shift_, 0, first, visit);
        }
    }

  private:
    static constexpr unsigned bits = 4;
    static constexpr unsigned ways = 1U << bits;

    struct Node : Counted {
        std::uint32_t present = 0;           // bit d: there is something for digit d
        std::vector<Shared<Node>> children;  // INVARIANT: one per bit; empty in the lowest nodes
        std::vector<T> values;               // INVARIANT: one per bit; empty in all others

        bool has(unsigned digit) const { return ((present >> digit) & 1U) != 0; }
        std::size_t position(unsigned digit) const {
            return static_cast<std::size_t>(std::popcount(present & ((1U << digit) - 1)));
        }
        // Null where there is none.
        const Node* child(unsigned digit) const {
            return has(digit) ? children[position(digit)].get() : nullptr;
        }
        const T* value(unsigned digit) const {
            return has(digit) ? &values[position(digit)] : nullptr;
        }
    };

    static unsigned digit(Key key, unsigned shift) {
        return static_cast<unsigned>(key >> shift) & (ways - 1);
    }

    bool fits(Key key) const { return shift_ + bits >= 64 || (key >> (shift_ + bits)) == 0; }

    void grow(Key key) {
        while (!fits(key)) {
            if (root_) {
                Shared<Node> above(new Node);
                above.own().present = 1;
                above.own().children.push_back(std::move(root_));
                root_ = std::move(above);
            }
            shift_ += bits;
        }
    }

    // The item in that place, put there where it is new.
    template <class Item>
    static Item& placed(std::vector<Item>& items, std::size_t at, bool is_new) {
        const auto place = items.begin() + static_cast<std::ptrdiff_t>(at);
        return is_new ? *items.emplace(place) : *place;
    }

    // REQUIRES: the key is there. Resets `link` when nothing is left below it.
    static void erase_below(Shared<Node>& link, unsigned shift, Key key) {
        Node& node = link.own();
        const unsigned d = digit(key, shift);
        const auto at = static_cast<std::ptrdiff_t>(node.position(d));
        if (shift > 0) {
            const auto child = node.children.begin() + at;
            erase_below(*child, shift - bits, key);
            if (*child) {
                return;
            }
            node.children.erase(child);
        } else {
            node.values.erase(node.values.begin() + at);
        }
        node.present &= ~(1U << d);
        if (node.present == 0) {
            link = Shared<Node>();
        }
    }

    // False when the visitor has had enough. `prefix` is the smallest key that can be below `node`.
    template <class Visit>
    static bool visit_below(const Node& node, unsigned shift, Key prefix, Key first, Visit& visit) {
        unsigned d = first > prefix ? digit(first, shift) : 0;
        for (; d < ways; ++d) {
            if (!node.has(d)) {
                continue;
            }
            const Key key = prefix | (Key{d} << shift);
            const std::size_t at = node.position(d);
            const bool more =
                shift == 0 ? visit(key, node.values[at])
                           : visit_below(*node.children[at], shift - bits, key, first, visit);
            if (!more) {
                return false;
            }
        }
        return true;
    }

    Shared<Node> root_;
    unsigned shift_ = 0;  // of the root's digit
    std::size_t size_ = 0;
};

}  // namespace treeline
