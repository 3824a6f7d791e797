// An app on a loop: its session's actions, and the sign-in, which only here meets the hub.
#include <string>

#include "broker/api/app_denial.hpp"
#include "broker/api/app_look.hpp"
#include "broker/edge/loop_state.hpp"
#include "broker/identity/token.hpp"

namespace treeline {

void LoopState::apply(Link& link, AppActions actions) {
    for (AppAction& action : actions) {
        if (link.phase != LinkPhase::open) {
            return;
        }
        if (auto* bytes = std::get_if<AppSend>(&action)) {
            send(link, bytes->bytes);
        } else if (auto* requested = std::get_if<AppRequested>(&action)) {
            request(link, std::move(requested->request));
        } else {
            const auto& close = std::get<AppClose>(action);
            send(link, close_frame(close.code, close.reason));
            close_after_flush(link);
        }
    }
}

void LoopState::request(Link& link, AppRequest asked) {
    const SeatId seat = std::get<AppTalk>(link.talk).seat;
    const auto* signing_in = std::get_if<AppSignIn>(&asked.body);
    if (seat.generation != 0) {
        std::optional<TokenHash> token;
        if (signing_in != nullptr) {
            token = hash_token(signing_in->token);
        }
        if (!record_look(link, asked)) {
            return refuse(link, asked.request);
        }
        return shard.app_request(seat, std::move(asked), token, now);
    }
    sign_in(link, asked, signing_in == nullptr ? std::string() : signing_in->token);
}

// What can't be recorded is not looked at.
bool LoopState::record_look(const Link& link, const AppRequest& asked) const {
    const AppLooker who{std::get<AppTalk>(link.talk).user, now.wall, link.peer};
    return audit == nullptr || record_app_look(*audit, *shard.world(), who, asked);
}

// Nor is it said that it is denied.
bool LoopState::record_denial(const AppDenial& denial) {
    const Link* const link = of_seat(denial.seat);
    return audit == nullptr || record_app_denial(*audit, *shard.world(), denial, now.wall,
                                                 link == nullptr ? std::string_view() : link->peer);
}

void LoopState::refuse(Link& link, std::uint32_t request) {
    AppReply reply;
    reply.request = request;
    reply.status = AppStatus::unavailable;
    const Encoding encoding = std::get<AppTalk>(link.talk).session.encoding();
    send(link, frame_message(reply, encoding, shard.world()->wire()));
}

void LoopState::sign_in(Link& link, const AppRequest& asked, const std::string& token) {
    auto& app = std::get<AppTalk>(link.talk);
    const Encoding encoding = app.session.encoding();
    const auto admission = shard.admit_app(hash_token(token), encoding, now);
    const Directory& world = *shard.world();
    AppReply reply;
    reply.request = asked.request;
    if (!admission) {
        reply.status = AppStatus::unauthenticated;
        send(link, frame_message(reply, encoding, world.wire()));
        send(link, close_frame(close_unauthenticated, "unauthenticated"));
        return close_after_flush(link);
    }
    const Org* home = world.org(admission->account.home_org);
    reply.status = AppStatus::ok;
    reply.revision = home == nullptr ? 0 : world.tree_revision(home->root);
    reply.result = admission->account;
    app.session.signed_in(now);
    app.user = admission->account.user;
    seat(link, admission->seat);
    send(link, frame_message(reply, encoding, world.wire()));
}

}  // namespace treeline
