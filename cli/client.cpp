#include "cli/client.hpp"

#include <algorithm>
#include <cctype>
#include <ostream>

#include "cli/json.hpp"

namespace treeline::cli {
namespace {

using std::chrono::milliseconds;

constexpr unsigned tries_max = 6;
constexpr milliseconds first_delay{250};
constexpr unsigned retry_after_s_max = 10;

// Sign-in, OAuth2 and resets take no key (platform-api.md, Writes).
bool takes_key(const ApiRequest& request) {
    return request.method == "POST" && !request.path.starts_with("/sessions") &&
           !request.path.starts_with("/oauth2") && !request.path.starts_with("/password-resets");
}

bool is_safe_to_repeat(const ApiRequest& request) {
    return request.method == "GET" || takes_key(request);
}

std::string code_of(const HttpAnswer& answer) {
    const auto problem = parse_json(answer.body);
    return problem ? text_of(*problem, "code") : std::string();
}

bool is_worth_repeating(const ApiRequest& request, const HttpAnswer& answer) {
    if (answer.status == 503) {
        return is_safe_to_repeat(request) || code_of(answer) != "in_doubt";
    }
    if (answer.status != 0) {
        return false;
    }
    // A server that was never there is told at once; one that is restarting is waited for.
    return answer.was_sent ? is_safe_to_repeat(request) : answer.tries > 1;
}

milliseconds delay(const HttpAnswer& answer) {
    const std::string after = answer.header("Retry-After");
    const bool is_number = !after.empty() && after.size() < 4 &&
                           std::ranges::all_of(after, [](unsigned char c) { return isdigit(c); });
    if (is_number) {
        return std::chrono::seconds(std::min<unsigned long>(std::stoul(after), retry_after_s_max));
    }
    return first_delay * (1U << (answer.tries - 1));
}

}  // namespace

HttpAnswer Client::send(const ApiRequest& request) {
    std::string key;
    if (takes_key(request)) {
        key = access_.idempotency_key.empty() ? outside_.fresh_key() : access_.idempotency_key;
    }
    HttpAnswer answer = repeat(request, key);
    if (answer.status != 401 || !access_.is_of_session) {
        return answer;
    }
    HttpAnswer refreshed = refresh();
    if (refreshed.status == 401) {
        return answer;
    }
    return refreshed.is_success() ? repeat(request, key) : refreshed;
}

HttpAnswer Client::repeat(const ApiRequest& request, const std::string& key) {
    const HttpCall call = http_call(request, key);
    for (unsigned tries = 1;; ++tries) {
        HttpAnswer answer = outside_.call(call);
        answer.tries = tries;
        if (tries == tries_max || !is_worth_repeating(request, answer)) {
            return answer;
        }
        outside_.wait(delay(answer));
    }
}

HttpCall Client::http_call(const ApiRequest& request, const std::string& key) const {
    HttpCall call{.host = access_.server.host,
                  .port = access_.server.port,
                  .ca_file = access_.ca_file,
                  .method = request.method,
                  .target = "/api/v1" + request.path,
                  .headers = {{"Accept", request.accept}, {"User-Agent", "treeline/0.1.0"}},
                  .body = request.body};
    if (!request.body.empty()) {
        call.headers.emplace_back("Content-Type", request.content_type);
    }
    if (!access_.token.empty()) {
        call.headers.emplace_back("Authorization", "Bearer " + access_.token);
    }
    if (!key.empty()) {
        call.headers.emplace_back("Idempotency-Key", key);
    }
    return call;
}

// A trade whose answer is lost is never repeated: its refresh token would look stolen.
HttpAnswer Client::refresh() {
    const SessionFile::Lock lock(file_);
    HttpAnswer over;
    over.status = 401;
    auto session = file_.load();
    if (!session || session->server != access_.server.url) {
        return over;
    }
    if (session->access_token != access_.token) {  // another process has traded already
        access_.token = session->access_token;
        HttpAnswer traded;
        traded.status = 200;
        return traded;
    }
    access_.token.clear();
    const json::object body{{"refresh_token", session->refresh_token}};
    HttpAnswer answer = repeat({"POST", "/sessions/refresh", json::serialize(body)}, {});
    const auto fresh = parse_json(answer.body);
    if (!answer.is_success() || !fresh) {
        return answer.is_success() ? over : answer;
    }
    session->access_token = access_.token = text_of(*fresh, "access_token");
    session->refresh_token = text_of(*fresh, "refresh_token");
    const std::string wrong = file_.save(*session);
    if (!wrong.empty()) {
        outside_.err << "treeline: " << wrong << "; sign in again for the next command\n";
    }
    return answer;
}

}  // namespace treeline::cli
