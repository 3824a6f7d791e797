// The offline verifier: reads an export and names the first entry that is not as it was.
#include <algorithm>

#include "proto/audit/chain.hpp"

namespace treeline::audit {
namespace {

// What of one line is needed to judge the chain.
struct Link {
    std::uint64_t seq = 0;
    Digest previous{};
    Digest hash{};
    bool is_whole = false;  // it says what its own hash covers
};

Link link_of(std::string_view line) {
    const auto entry = from_line(line);
    if (!entry) {
        return {};
    }
    const std::string* const seq = value_of(*entry, "seq");
    const bool is_whole = seq != nullptr && entry->fields.front().name == "seq" &&
                          *seq == std::to_string(entry->seq) &&
                          hash_of(entry->previous, entry->fields) == entry->hash;
    return {entry->seq, entry->previous, entry->hash, is_whole};
}

std::vector<Link> links_of(std::string_view text) {
    std::vector<Link> links;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        links.push_back(link_of(text.substr(0, size)));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return links;
}

// A whole entry that stands where another one belongs.
Finding misplaced(const std::vector<Link>& links, std::size_t at) {
    const std::uint64_t wanted = at + 1;
    const auto begin = links.begin() + static_cast<std::ptrdiff_t>(at);
    const bool is_further_on = std::any_of(
        begin, links.end(), [&](const Link& link) { return link.is_whole && link.seq == wanted; });
    const bool is_swapped = is_further_on || begin->seq < wanted;
    return {is_swapped ? Finding::Kind::swapped : Finding::Kind::removed, wanted};
}

// Two whole entries that don't join: one of them was made anew. The next one says whether it is
// this one; where it joins this one, the one before is the stranger.
Finding unjoined(const std::vector<Link>& links, std::size_t at) {
    const bool is_vouched_for =
        at + 1 < links.size() && links[at + 1].is_whole && links[at + 1].previous == links[at].hash;
    const bool is_the_one_before = at > 0 && (is_vouched_for || at + 1 == links.size());
    return {Finding::Kind::changed, is_the_one_before ? links[at - 1].seq : links[at].seq};
}

Finding compare(const std::vector<Link>& links, const Head& saved) {
    if (links.size() < saved.seq) {
        return {Finding::Kind::tail_missing, links.size() + 1};
    }
    if (saved.seq > 0 && links[saved.seq - 1].hash != saved.hash) {
        return {Finding::Kind::changed, saved.seq};
    }
    return {Finding::Kind::intact, links.size()};
}

}  // namespace

std::string_view name(Finding::Kind kind) {
    constexpr std::array<std::string_view, 5> names{"intact", "changed", "removed", "swapped",
                                                    "tail_missing"};
    return names[static_cast<std::size_t>(kind)];
}

Finding verify(std::string_view text, const std::optional<Head>& saved) {
    const std::vector<Link> links = links_of(text);
    Digest previous{};
    for (std::size_t at = 0; at < links.size(); ++at) {
        if (!links[at].is_whole) {
            return {Finding::Kind::changed, at + 1};
        }
        if (links[at].seq != at + 1) {
            return misplaced(links, at);
        }
        if (links[at].previous != previous) {
            return unjoined(links, at);
        }
        previous = links[at].hash;
    }
    return compare(links, saved.value_or(Head{}));
}

}  // namespace treeline::audit
