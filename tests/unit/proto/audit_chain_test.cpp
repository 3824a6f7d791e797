// The audit chain: what an offline verifier must find, and what hiding must not break.
#include <random>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "proto/audit/chain.hpp"

namespace treeline::audit {
namespace {

constexpr std::size_t chain_size = 24;
using Kind = Finding::Kind;

std::vector<Entry> made_chain(std::size_t size = chain_size) {
    std::vector<Entry> chain;
    Head head;
    for (std::size_t i = 0; i < size; ++i) {
        chain.push_back(seal(Key{std::byte{3}}, 7, head,
                             {{"at", "2027-01-15T08:00:00.000Z"},
                              {"actor", std::to_string(100 + i % 3)},
                              {"action", "patch_device"},
                              {"before.name", "Pump \"" + std::to_string(i) + "\"\n"},
                              {"after.name", "Pümp"}}));
        head = {chain.back().seq, chain.back().hash};
    }
    return chain;
}

std::string exported(const std::vector<Entry>& chain) {
    std::string text;
    for (const Entry& entry : chain) {
        text += to_line(entry) + "\n";
    }
    return text;
}

Head head_of(const std::vector<Entry>& chain) {
    return {chain.back().seq, chain.back().hash};
}

void hide_all(std::vector<Entry>& chain, std::string_view name) {
    for (Entry& entry : chain) {
        for (Field& field : entry.fields) {
            if (field.name == name) {
                hide(field);
            }
        }
    }
}

class Tamperer {
  public:
    explicit Tamperer(unsigned seed) : random_(seed) {}

    // Spoils the chain in one way; what the verifier must say about it.
    Finding spoil(std::vector<Entry>& chain) {
        const std::size_t at = below(chain.size());
        switch (below(9)) {
            case 0:
                return remove(chain, at);
            case 1:
                return swap(chain, at);
            case 2:
                return cut(chain, at);
            case 3:
                chain[at].hash[below(32)] ^= std::byte{1};
                break;
            case 4:
                chain[at].previous[below(32)] ^= std::byte{128};
                break;
            case 5:
                chain[at].seq += 1 + below(5);
                break;
            case 6:
                reseal(chain[at]);
                break;
            case 7:
                chain[at].fields.erase(chain[at].fields.begin() + 1);
                break;
            default:
                spoil_field(chain[at].fields[below(chain[at].fields.size())]);
        }
        return {Kind::changed, at + 1};
    }

  private:
    std::size_t below(std::size_t size) { return random_() % size; }

    Finding remove(std::vector<Entry>& chain, std::size_t at) {
        if (at + 1 == chain.size()) {
            return cut(chain, at);
        }
        chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(at));
        return {Kind::removed, at + 1};
    }
    Finding swap(std::vector<Entry>& chain, std::size_t at) {
        const std::size_t other = (at + 1 + below(chain.size() - 1)) % chain.size();
        std::swap(chain[at], chain[other]);
        return {Kind::swapped, std::min(at, other) + 1};
    }
    static Finding cut(std::vector<Entry>& chain, std::size_t at) {
        chain.resize(at);
        return {Kind::tail_missing, at + 1};
    }
    // As a forger would who can compute hashes, but has not rewritten all that follows.
    static void reseal(Entry& entry) {
        entry.fields[2] = open_field("actor", entry.fields[2].opening->salt, "999");
        entry.hash = hash_of(entry.previous, entry.fields);
    }
    void spoil_field(Field& field) {
        switch (below(3)) {
            case 0:
                field.opening->value += "x";
                break;
            case 1:
                field.opening->salt[below(16)] ^= std::byte{4};
                break;
            default:
                field.name += "s";
        }
    }

    std::mt19937 random_;
};

TEST(AuditChain, says_that_an_untouched_export_is_intact) {
    const auto chain = made_chain();
    EXPECT_EQ(verify(exported(chain), head_of(chain)), (Finding{Kind::intact, chain_size}));
    EXPECT_EQ(verify(exported(chain), std::nullopt), (Finding{Kind::intact, chain_size}));
    EXPECT_EQ(verify("", std::nullopt), (Finding{Kind::intact, 0}));
}

TEST(AuditChain, OPS_14_names_the_first_bad_entry_of_a_thousand_random_tamperings) {
    for (unsigned seed = 0; seed < 1000; ++seed) {
        auto chain = made_chain();
        const Head saved = head_of(chain);
        const Finding wanted = Tamperer(seed).spoil(chain);
        EXPECT_EQ(verify(exported(chain), saved), wanted)
            << "seed " << seed << " " << name(wanted.kind);
    }
}

TEST(AuditChain, verifies_with_any_of_its_fields_hidden) {
    for (const char* hidden : {"at", "actor", "action", "before.name", "after.name"}) {
        auto chain = made_chain();
        const Head saved = head_of(chain);
        hide_all(chain, hidden);
        EXPECT_EQ(exported(chain).find(std::string(hidden) + "\",\"salt"), std::string::npos);
        EXPECT_EQ(verify(exported(chain), saved), (Finding{Kind::intact, chain_size})) << hidden;
    }
}

TEST(AuditChain, finds_a_commitment_that_was_exchanged) {
    auto chain = made_chain();
    hide_all(chain, "actor");
    chain[4].fields[2].commitment = chain[5].fields[2].commitment;
    EXPECT_EQ(verify(exported(chain), std::nullopt), (Finding{Kind::changed, 5}));
}

TEST(AuditChain, takes_no_other_spelling_of_a_line) {
    const std::string line = to_line(made_chain(1).front());
    ASSERT_TRUE(from_line(line));
    EXPECT_FALSE(from_line(" " + line));
    EXPECT_FALSE(from_line(line.substr(0, line.size() - 1) + ",\"more\":1}"));
    EXPECT_FALSE(from_line(line.substr(0, 1) + "\"seq\":1," + line.substr(1)));
    EXPECT_FALSE(from_line("{}"));
    EXPECT_FALSE(from_line(""));
}

// Computed apart from this code: chains that exist must go on verifying.
TEST(AuditChain, seals_as_it_always_did) {
    const std::vector<NamedValue> fields{{"actor", "100"}, {"after.name", "P\u00fcmp \"1\"\n"}};
    const Entry first = seal(Key{std::byte{3}}, 7, {}, fields);
    EXPECT_EQ(
        to_line(first),
        R"({"seq":1,"previous":"0000000000000000000000000000000000000000000000000000000000000000",)"
        R"("fields":[{"name":"seq","salt":"a8651dcab7313004e74ca9c5eca0ded0","value":"1"},)"
        R"({"name":"actor","salt":"9d50e3389e83aaafd82e2ff5db7aa1e6","value":"100"},)"
        R"({"name":"after.name","salt":"83d1b03e2351e1acbe8eaaed66c9a0d3",)"
        "\"value\":\"P\u00fcmp \\\"1\\\"\\n\"}],"
        R"("hash":"709636edb4df45cdbacc55503a6e03588bbdb0980cddc79e186fc5dc14a005a7"})");
    seal(Key{std::byte{4}}, 7, {}, fields);  // another key in between
    const Entry second = seal(Key{std::byte{3}}, 7, {1, first.hash}, fields);
    EXPECT_EQ(to_hex(second.hash),
              "a91a501fe7cefa6f28a31cdc4577bdfdc4484803199c843939ffe21b10cc41e4");
}

TEST(AuditChain, spells_every_byte_as_boost_json_does) {
    Entry entry;
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = {'a', static_cast<char>(byte), 'z'};
        entry.fields.assign(1, open_field(text, {}, text));
        const std::string spelled = boost::json::serialize(boost::json::string(text));
        EXPECT_NE(to_line(entry).find("{\"name\":" + spelled + ",\"salt\""), std::string::npos);
        EXPECT_NE(to_line(entry).find("\"value\":" + spelled + "}]"), std::string::npos);
    }
}

TEST(AuditChain, misses_a_cut_tail_only_without_a_saved_head) {
    auto chain = made_chain();
    const Head saved = head_of(chain);
    chain.resize(20);
    EXPECT_EQ(verify(exported(chain), std::nullopt), (Finding{Kind::intact, 20}));
    EXPECT_EQ(verify(exported(chain), saved), (Finding{Kind::tail_missing, 21}));
    chain = made_chain(chain_size + 3);
    EXPECT_EQ(verify(exported(chain), saved), (Finding{Kind::intact, chain_size + 3}));
}

TEST(AuditChain, finds_a_chain_that_was_written_anew_by_its_saved_head) {
    const Head saved = head_of(made_chain());
    std::vector<Entry> other;
    Head head;
    for (std::size_t i = 0; i < chain_size; ++i) {
        other.push_back(seal(Key{std::byte{3}}, 7, head, {{"actor", "1"}}));
        head = {other.back().seq, other.back().hash};
    }
    EXPECT_EQ(verify(exported(other), saved), (Finding{Kind::changed, chain_size}));
}

TEST(AuditChain, salts_differ_by_chain_entry_and_field) {
    const Key key{std::byte{1}};
    const Salt salt = derive_salt(key, 1, 1, "actor");
    EXPECT_EQ(salt, derive_salt(key, 1, 1, "actor"));
    EXPECT_NE(salt, derive_salt(key, 2, 1, "actor"));
    EXPECT_NE(salt, derive_salt(key, 1, 2, "actor"));
    EXPECT_NE(salt, derive_salt(key, 1, 1, "at"));
    EXPECT_NE(salt, derive_salt(Key{}, 1, 1, "actor"));
}

TEST(AuditChain, reads_a_head_as_the_api_answered_it) {
    const Head head = head_of(made_chain(2));
    EXPECT_EQ(head_from_line(to_line(head)), head);
    const std::string line = to_line(head);
    EXPECT_EQ(head_from_line(line.substr(0, line.size() - 1) + ",\"revision\":9}"), head);
    EXPECT_EQ(head_from_line("{\"seq\":2}"), std::nullopt);
}

}  // namespace
}  // namespace treeline::audit
