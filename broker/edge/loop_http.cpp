// HTTP on a loop: requests to the API and back, and upgrades to the two WebSocket protocols.
#include <algorithm>
#include <string>

#include <openssl/evp.h>

#include "broker/edge/loop_state.hpp"
#include "broker/edge/upgrade.hpp"
#include "broker/hub/right_end.hpp"
#include "broker/identity/token.hpp"

namespace treeline {

namespace {

std::string_view path_of(const HttpRequest& request) {
    const std::string_view target = request.target;
    return target.substr(0, target.find('?'));
}

// Who is signed in by the token; 0: nobody.
UserId holder_of(const Directory& world, std::string_view token, UnixTime now) {
    if (token.empty()) {
        return UserId{};
    }
    const LoginRecord* login = world.login_by_access(hash_token(token));
    return login != nullptr && now < login->access_expires ? login->user : UserId{};
}

HttpResponse unauthenticated() {
    HttpResponse response = problem_response(401, "unauthenticated", "");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

}  // namespace

// An answer that comes at once is picked up here, so that pipelined requests don't recurse.
void LoopState::apply(Link& link, std::vector<HttpAction> actions) {
    for (;;) {
        for (HttpAction& action : actions) {
            if (auto* bytes = std::get_if<HttpSend>(&action)) {
                send(link, bytes->bytes);
            } else if (auto* asked = std::get_if<HttpAsked>(&action)) {
                std::get<HttpTalk>(link.talk).answering_inline = true;
                ask(link, std::move(asked->request));
            } else {
                close_after_flush(link);
            }
            if (link.phase != LinkPhase::open) {
                return;
            }
        }
        auto* http = std::get_if<HttpTalk>(&link.talk);
        if (http == nullptr) {
            return;  // it speaks another protocol now
        }
        http->answering_inline = false;
        if (!http->inbox) {
            break;
        }
        const HttpResponse response = *std::exchange(http->inbox, std::nullopt);
        actions = http->door.answer(response, drained || http->last, now);
    }
    watch_deadline(link);
}

void LoopState::ask(Link& link, HttpRequest request) {
    ++counters.http_requests;
    const std::string path(path_of(request));
    if (path == "/app" || path == "/websockets") {
        return upgrade(link, request, path);
    }
    const UserId asker = holder_of(*shard.world(), bearer(request), now.wall);
    note_asker(link, asker);
    if (link.counted && asker != UserId{}) {
        sign_in_counted(link);
    }
    api->handle(std::move(request),
                Reply<HttpResponse>([this, id = link.id](HttpResponse response) {
                    answer(id, std::move(response));
                }));
}

void LoopState::note_asker(Link& link, UserId asker) {
    auto& http = std::get<HttpTalk>(link.talk);
    if (!link.is_backed_up()) {
        http.askers.clear();
        http.true_until = unix_time_max;
    }
    if (asker == UserId{}) {
        return;
    }
    http.true_until = std::min(http.true_until, rights_end(*shard.world(), asker, now.wall));
    if (std::ranges::find(http.askers, asker) == http.askers.end()) {
        http.askers.push_back(asker);
    }
}

// A connection that is gone by now has no slot any more: the answer is dropped.
void LoopState::answer(LinkId id, HttpResponse response) {
    Link* link = find(id);
    auto* http = link == nullptr ? nullptr : std::get_if<HttpTalk>(&link->talk);
    if (http == nullptr || link->phase != LinkPhase::open || !http->door.busy()) {
        return;
    }
    if (http->answering_inline) {
        http->inbox = std::move(response);
        return;
    }
    apply(*link, http->door.answer(response, drained || http->last, now));
    if (link->moving_to && link->phase == LinkPhase::open) {
        return move_home(*link);
    }
    if (link->phase != LinkPhase::gone) {
        set_interest(*link);
        read_again(*link);
    }
}

void LoopState::upgrade(Link& link, const HttpRequest& request, std::string_view path) {
    const bool app = path == "/app";
    std::get<HttpTalk>(link.talk).last = true;  // a handshake that fails ends the connection
    if (drained) {
        return answer(link.id, problem_response(503, "draining", ""));
    }
    // An answer that is not out yet could not be cut any more.
    if (link.is_backed_up()) {
        return answer(link.id, problem_response(503, "overloaded", ""));
    }
    auto verdict = app ? upgrade_app(request, settings.allowed_origins) : upgrade_device(request);
    if (auto* refused = std::get_if<HttpResponse>(&verdict)) {
        counters.origins_denied += refused->status == 403 ? 1 : 0;
        return answer(link.id, std::move(*refused));
    }
    auto& accepted = std::get<Upgrade>(verdict);
    if (app) {
        return become_app(link, request, std::move(accepted.response), accepted.encoding);
    }
    become_device(link, std::move(accepted.response));
}

void LoopState::become_app(Link& link, const HttpRequest& request, HttpResponse response,
                           Encoding encoding) {
    const bool by_header = !header(request, "authorization").empty();
    std::optional<AppAdmission> admission;
    if (by_header) {
        admission = shard.admit_app(hash_token(bearer(request)), encoding, now);
        if (!admission) {
            return answer(link.id, unauthenticated());
        }
    }
    std::string rest = std::get<HttpTalk>(link.talk).door.take_rest();
    switch_protocol(link, std::move(response));
    if (link.phase != LinkPhase::open) {
        if (admission) {
            shard.leave(admission->seat, now);
        }
        return;
    }
    link.talk = AppTalk{AppSession(encoding, by_header, settings.app, now), {}, {}};
    if (admission) {
        std::get<AppTalk>(link.talk).user = admission->account.user;
        seat(link, admission->seat);
    }
    if (!rest.empty()) {
        on_bytes(link, rest);
    }
    if (link.phase != LinkPhase::gone) {
        watch_deadline(link);
    }
}

void LoopState::become_device(Link& link, HttpResponse response) {
    std::string rest = std::get<HttpTalk>(link.talk).door.take_rest();
    switch_protocol(link, std::move(response));
    if (link.phase != LinkPhase::open) {
        return;
    }
    link.talk = DeviceTalk{DeviceSession(settings.device, now), DeviceStream(), 0, {}, {}};
    if (!rest.empty()) {
        on_bytes(link, rest);
    }
    if (link.phase != LinkPhase::gone) {
        watch_deadline(link);
    }
}

void LoopState::switch_protocol(Link& link, HttpResponse response) {
    forget_answers(link);
    std::get<HttpTalk>(link.talk).askers.clear();  // what follows is no answer of theirs
    ++counters.upgrades;
    send(link, render(response, {true, false}, now.wall));
}

}  // namespace treeline
