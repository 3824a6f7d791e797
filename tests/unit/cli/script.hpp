// A scripted server and terminal around the client: every call is kept, every answer is given.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/json.hpp"
#include "cli/run.hpp"
#include "cli/session_file.hpp"

namespace treeline::cli {

// Owns a folder for the session file.
class ScriptTest : public testing::Test {
  protected:
    ScriptTest() {
        std::string pattern = testing::TempDir() + "treeline-cli-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        variables["XDG_CONFIG_HOME"] = folder_.string();
        variables["TREELINE_TOKEN"] = "tok";
    }
    ~ScriptTest() override { std::filesystem::remove_all(folder_); }

    static HttpAnswer answer(unsigned status, std::string body = "{}", Headers headers = {}) {
        HttpAnswer made;
        made.status = status;
        made.body = std::move(body);
        made.headers = std::move(headers);
        made.was_sent = true;
        return made;
    }
    static HttpAnswer broken(bool was_sent) {
        HttpAnswer made;
        made.failure = "the connection broke";
        made.was_sent = was_sent;
        return made;
    }

    int run(std::vector<std::string> words) {
        words.insert(words.begin(), "treeline");
        std::vector<const char*> argv;
        for (const std::string& word : words) {
            argv.push_back(word.c_str());
        }
        Outside outside{.call = [this](const HttpCall& call) { return next(call); },
                        .wait = [this](std::chrono::milliseconds time) { waits.push_back(time); },
                        .fresh_key = [this] { return "key" + std::to_string(++keys); },
                        .ask_secret =
                            [this](const std::string&) {
                                return typed.empty() ? std::nullopt : std::optional(typed);
                            },
                        .environment = [this](const std::string& name) { return variables[name]; },
                        .in = in,
                        .out = out,
                        .err = err};
        return cli::run(static_cast<int>(argv.size()), argv.data(), outside);
    }

    static std::string header(const HttpCall& call, std::string_view name) {
        for (const auto& [field, value] : call.headers) {
            if (field == name) {
                return value;
            }
        }
        return {};
    }

    SessionFile file() const { return SessionFile(folder_ / "treeline" / "session.json"); }
    void sign_in(const std::string& access, const std::string& server = "https://127.0.0.1:8443") {
        variables.erase("TREELINE_TOKEN");
        EXPECT_EQ(file().save({.server = server,
                               .ca_file = "/ca.pem",
                               .access_token = access,
                               .refresh_token = "refresh-" + access,
                               .email = "a@b.c",
                               .user = 7,
                               .home_org = 5}),
                  "");
    }
    std::filesystem::path folder() const { return folder_; }

    std::deque<HttpAnswer> answers;  // the script; when it is over: 200 {}
    std::vector<HttpCall> calls;
    std::vector<std::chrono::milliseconds> waits;
    std::map<std::string, std::string> variables;
    std::string typed;
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    int keys = 0;

  private:
    HttpAnswer next(const HttpCall& call) {
        calls.push_back(call);
        if (answers.empty()) {
            return answer(200);
        }
        HttpAnswer first = answers.front();
        answers.pop_front();
        return first;
    }

    std::filesystem::path folder_;
};

}  // namespace treeline::cli
