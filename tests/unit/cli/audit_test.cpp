// An exported audit chain, its head, and what the offline check says of them.
#include <fstream>

#include "proto/audit/chain.hpp"
#include "tests/unit/cli/script.hpp"

namespace treeline::cli {
namespace {

class AuditRun : public ScriptTest {
  protected:
    // What a server exports of `size` entries, and where that chain ends.
    static std::pair<std::string, audit::Head> chain(std::uint64_t size) {
        audit::Head head;
        std::string lines;
        for (std::uint64_t i = 0; i < size; ++i) {
            const audit::Entry entry = audit::seal({}, 5, head, {{"what", std::to_string(i)}});
            head = {.seq = entry.seq, .hash = entry.hash};
            lines += audit::to_line(entry) + "\n";
        }
        return {lines, head};
    }

    std::string path(const char* name) const { return (folder() / name).string(); }

    void save(const std::string& verb, const char* name, std::uint64_t size) {
        const auto [lines, head] = chain(size);
        const bool is_head = verb == "head";
        answers = {answer(200, is_head ? audit::to_line(head) : lines)};
        ASSERT_EQ(run({"audit", verb, "--org", "9", "--out", path(name)}), 0) << err.str();
        EXPECT_EQ(calls.back().target,
                  is_head ? "/api/v1/orgs/9/audit/head" : "/api/v1/orgs/9/audit");
    }
};

TEST_F(AuditRun, an_export_verifies_against_its_head_without_a_call) {
    save("export", "chain", 3);
    save("head", "head", 3);
    calls.clear();
    EXPECT_EQ(run({"audit", "verify", path("chain"), "--head", path("head")}), 0) << err.str();
    EXPECT_EQ(out.str(), "intact to entry 3\n");
    EXPECT_TRUE(calls.empty());
}

TEST_F(AuditRun, a_changed_entry_is_named) {
    save("export", "chain", 3);
    std::stringstream text;
    text << std::ifstream(path("chain")).rdbuf();
    std::string changed = text.str();
    const std::size_t second = changed.find('\n') + 1;
    const std::size_t at = changed.find(R"("1")", second);
    ASSERT_NE(at, std::string::npos) << changed;
    changed[at + 1] = '7';
    in.str(changed);
    EXPECT_EQ(run({"audit", "verify", "-"}), 65);
    EXPECT_EQ(err.str(), "treeline: entry 2: changed\n");
}

TEST_F(AuditRun, a_tail_that_is_missing_shows_against_a_saved_head) {
    save("head", "head", 3);
    save("export", "chain", 2);
    EXPECT_EQ(run({"audit", "verify", path("chain")}), 0);
    EXPECT_EQ(run({"audit", "verify", path("chain"), "--head", path("head")}), 65);
    EXPECT_EQ(err.str(), "treeline: entry 3: tail_missing\n");
}

TEST_F(AuditRun, a_file_that_is_not_there_or_no_head_is_usage) {
    save("export", "chain", 1);
    EXPECT_EQ(run({"audit", "verify", path("nothing")}), 64);
    std::ofstream(path("words")) << "no head\n";
    EXPECT_EQ(run({"audit", "verify", path("chain"), "--head", path("words")}), 64);
}

}  // namespace
}  // namespace treeline::cli
