// Words that may stand only in certain places, or nowhere.
#include <cctype>
#include <span>
#include <string_view>

#include "tests/house/rules.hpp"

namespace treeline::house {
namespace {

bool is_word_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Whole words only: `rand` is not found in `operand`.
bool is_whole(std::string_view code, std::size_t at, std::size_t size) {
    const bool begins = at == 0 || !is_word_part(code[at - 1]);
    const bool ends = at + size >= code.size() || !is_word_part(code[at + size]);
    return begins && ends;
}

void find_word(const Source& source, std::string_view word, const std::string& why,
               Breaches& found) {
    for (std::size_t at = source.code.find(word); at != std::string::npos;
         at = source.code.find(word, at + 1)) {
        if (is_whole(source.code, at, word.size())) {
            found.push_back(
                {source.path, line_at(source.code, at), std::string(word) + ": " + why});
        }
    }
}

Breaches find_words(const Source& source, std::span<const std::string_view> words,
                    const std::string& why) {
    Breaches found;
    for (const std::string_view word : words) {
        find_word(source, word, why, found);
    }
    return found;
}

constexpr std::string_view mutex_words[]{
    "std::mutex",      "std::shared_mutex", "std::recursive_mutex",    "std::timed_mutex",
    "std::lock_guard", "std::unique_lock",  "std::condition_variable", "std::scoped_lock",
    "pthread_mutex_t", "std::shared_lock"};
constexpr std::string_view thread_words[]{"std::thread", "std::jthread", "std::async",
                                          "pthread_create"};
constexpr std::string_view clock_words[]{"system_clock::now", "steady_clock::now",
                                         "high_resolution_clock", "gettimeofday", "clock_gettime"};
constexpr std::string_view sleep_words[]{"sleep_for", "sleep_until", "usleep", "nanosleep",
                                         "sleep"};
constexpr std::string_view never_words[]{"shared_from_this", "enable_shared_from_this",
                                         "const_cast", "rand", "srand"};
constexpr std::string_view throw_words[]{"throw"};
constexpr std::string_view namespace_words[]{"using namespace"};

void add(Breaches& to, Breaches from) {
    to.insert(to.end(), from.begin(), from.end());
}

// A promise to do something later names the issue that keeps it.
Breaches check_promises(const Source& source) {
    constexpr std::string_view word = "TODO";
    Breaches found;
    for (std::size_t at = source.comments.find(word); at != std::string::npos;
         at = source.comments.find(word, at + 1)) {
        const std::string_view after = std::string_view(source.comments).substr(at + word.size());
        const bool is_numbered = after.size() > 1 && (after[0] == '(' || after[0] == ' ') &&
                                 (after[1] == '#' || std::isdigit(after[1]) != 0);
        if (!is_numbered) {
            found.push_back(
                {source.path, line_at(source.comments, at), "a promise without a number"});
        }
    }
    return found;
}

}  // namespace

Breaches check_mutexes(const Source& source) {
    if (source.path == "base/mailbox.hpp") {
        return {};
    }
    return find_words(source, mutex_words, "the only mutex is in base/mailbox");
}

// Tests start threads to see that what any thread may touch bears it.
Breaches check_threads(const Source& source) {
    if (source.path.starts_with("broker/server/threads") ||
        source.path.starts_with("broker/edge/loop") || is_test(source)) {
        return {};
    }
    return find_words(source, thread_words, "threads start in server/threads and edge/loop");
}

Breaches check_banned_words(const Source& source) {
    Breaches found = find_words(source, never_words, "banned");
    add(found, find_words(source, sleep_words, "wait for an event instead"));
    add(found, check_promises(source));
    if (!source.path.starts_with("base/time.")) {
        add(found, find_words(source, clock_words, "only base/time reads a clock"));
    }
    if (!source.path.starts_with("broker/server/") &&
        !source.path.starts_with("broker/edge/tls_context")) {
        add(found, find_words(source, throw_words, "failures travel as values"));
    }
    if (is_header(source)) {
        add(found, find_words(source, namespace_words, "not in a header"));
    }
    return found;
}

}  // namespace treeline::house
