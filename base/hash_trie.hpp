// HashTrie: a persistent hash map; copying it is O(1).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "base/shared.hpp"

namespace treeline {

// A hash array mapped trie (Bagwell 2001) of 32 ways. Copies share nodes; a change clones the path
// to its key where a copy still holds it. Keys whose whole hashes are equal share a list at the
// bottom. One thread changes a given map; copies live on any thread.
template <class Key, class Value, class Hash = std::hash<Key>>
class HashTrie {
  public:
    // Null where there is none. The pointer lives until this map changes.
    template <class Like>  // anything that Hash takes and that compares with Key
    const Value* find(const Like& key) const {
        const Entry* entry = find_entry(key);
        return entry == nullptr ? nullptr : &entry->value;
    }
    // As find, where the key held says more than the one looked for.
    template <class Like>
    const Key* find_key(const Like& key) const {
        const Entry* entry = find_entry(key);
        return entry == nullptr ? nullptr : &entry->key;
    }

    void set(Key key, Value value) {
        if (!root_) {
            root_ = Shared<Node>(new Node);
        }
        const std::uint64_t hash = Hash{}(key);
        if (set_below(root_.own(), 0, hash, Entry{std::move(key), std::move(value)})) {
            ++size_;
        }
    }

    // Nothing where there is none.
    template <class Like>
    void erase(const Like& key) {
        if (find(key) == nullptr) {
            return;
        }
        erase_below(root_.own(), 0, Hash{}(key), key);
        --size_;
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

  private:
    static constexpr unsigned bits = 5;
    static constexpr unsigned hash_bits = 64;

    struct Node;
    struct Entry {
        Key key;
        [[no_unique_address]] Value value;
    };
    using Slot = std::variant<Entry, Shared<Node>>;
    struct Node : Counted {
        std::uint32_t present = 0;  // unused in a list at the bottom
        std::vector<Slot> slots;    // INVARIANT: one per bit, in the order of the bits

        bool has(unsigned digit) const { return ((present >> digit) & 1U) != 0; }
        std::size_t position(unsigned digit) const {
            return static_cast<std::size_t>(
                std::popcount(present & ((std::uint32_t{1} << digit) - 1)));
        }
    };

    static unsigned digit(std::uint64_t hash, unsigned shift) {
        return static_cast<unsigned>(hash >> shift) & ((1U << bits) - 1);
    }

    template <class Like>
    const Entry* find_entry(const Like& key) const {
        const std::uint64_t hash = Hash{}(key);
        const Node* node = root_.get();
        for (unsigned shift = 0; node != nullptr && shift < hash_bits; shift += bits) {
            if (!node->has(digit(hash, shift))) {
                return nullptr;
            }
            const Slot& slot = node->slots[node->position(digit(hash, shift))];
            if (const Entry* entry = std::get_if<Entry>(&slot)) {
                return entry->key == key ? entry : nullptr;
            }
            node = std::get_if<Shared<Node>>(&slot)->get();
        }
        return node == nullptr ? nullptr : find_in_list(*node, key);
    }

    template <class Like>
    static const Entry* find_in_list(const Node& list, const Like& key) {
        for (const Slot& slot : list.slots) {
            const Entry* entry = std::get_if<Entry>(&slot);
            if (entry->key == key) {
                return entry;
            }
        }
        return nullptr;
    }

    static bool set_in_list(Node& list, Entry&& entry) {
        for (Slot& slot : list.slots) {
            Entry* there = std::get_if<Entry>(&slot);
            if (there->key == entry.key) {
                there->value = std::move(entry.value);
                return false;
            }
        }
        list.slots.emplace_back(std::move(entry));
        return true;
    }

    // True when the key is new.
    static bool set_below(Node& node, unsigned shift, std::uint64_t hash, Entry&& entry) {
        if (shift >= hash_bits) {
            return set_in_list(node, std::move(entry));
        }
        const unsigned d = digit(hash, shift);
        const std::size_t at = node.position(d);
        if (!node.has(d)) {
            node.slots.emplace(node.slots.begin() + static_cast<std::ptrdiff_t>(at),
                               std::move(entry));
            node.present |= std::uint32_t{1} << d;
            return true;
        }
        Slot& slot = node.slots[at];
        if (Entry* there = std::get_if<Entry>(&slot)) {
            if (there->key == entry.key) {
                there->value = std::move(entry.value);
                return false;
            }
            push_down(slot, shift + bits);
        }
        return set_below(std::get_if<Shared<Node>>(&slot)->own(), shift + bits, hash,
                         std::move(entry));
    }

    // Puts a node that holds the slot's entry in the entry's place.
    static void push_down(Slot& slot, unsigned shift) {
        Entry entry = std::move(*std::get_if<Entry>(&slot));
        const std::uint64_t hash = Hash{}(entry.key);
        Shared<Node> below(new Node);
        set_below(below.own(), shift, hash, std::move(entry));
        slot = std::move(below);
    }

    // REQUIRES: the key is there.
    template <class Like>
    static void erase_below(Node& node, unsigned shift, std::uint64_t hash, const Like& key) {
        if (shift >= hash_bits) {
            std::erase_if(node.slots,
                          [&](const Slot& slot) { return std::get_if<Entry>(&slot)->key == key; });
            return;
        }
        const unsigned d = digit(hash, shift);
        const std::size_t at = node.position(d);
        if (Shared<Node>* below = std::get_if<Shared<Node>>(&node.slots[at])) {
            Node& child = below->own();
            erase_below(child, shift + bits, hash, key);
            pull_up(node.slots[at], child);
            return;
        }
        node.slots.erase(node.slots.begin() + static_cast<std::ptrdiff_t>(at));
        node.present &= ~(std::uint32_t{1} << d);
    }

    // A node with one entry is replaced by the entry, so that the trie's shape depends only on what
    // it holds. INVARIANT: no node below the root holds fewer than two entries.
    static void pull_up(Slot& slot, Node& child) {
        if (child.slots.size() != 1 || !std::holds_alternative<Entry>(child.slots.front())) {
            return;
        }
        Slot entry = std::move(child.slots.front());
        slot = std::move(entry);
    }

    Shared<Node> root_;
    std::size_t size_ = 0;
};

}  // namespace treeline
