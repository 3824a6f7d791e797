// Apps seated where they were accepted: admission, requests, replies.
#include <algorithm>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

// Its login, where the token may open a session now.
const LoginRecord* living_login(const Directory& world, const TokenHash& access, UnixTime now) {
    const LoginRecord* login = world.login_by_access(access);
    const User* user = login == nullptr ? nullptr : world.user(login->user);
    const bool lives = user != nullptr && user->status == UserStatus::active &&
                       user->auth_epoch == login->auth_epoch && now < login->access_expires;
    return lives ? login : nullptr;
}

AppAccount account_of(const Directory& world, UserId user) {
    const User* record = world.user(user);
    const Membership* home = record == nullptr ? nullptr : world.membership(record->home);
    return {user, home == nullptr ? OrgId{} : home->org};
}

Pending pending_of(const AppRequest& request) {
    Pending pending{request.request, {}, {}, {}};
    const auto name = [&](std::string_view asked, DeviceId device, OrgId org) {
        pending.asked = asked;
        pending.device = device;
        pending.org = org;
    };
    std::visit(Overloaded{
                   [](const auto&) {},
                   [&](const AppWatch& body) { name("watch", body.device, body.org); },
                   [&](const AppWrite& body) { name("write", body.device, {}); },
                   [&](const AppRead& body) { name("read", body.device, {}); },
                   [&](const AppDevices& body) { name("devices", {}, body.org); },
                   [&](const AppExplain& body) { name("explain", body.device, {}); },
               },
               request.body);
    return pending;
}

}  // namespace

std::optional<AppAdmission> Shard::Impl::admit_app(const TokenHash& access, Encoding encoding) {
    const LoginRecord* login = living_login(*world_, access, now_.wall);
    if (login == nullptr) {
        ++counters_.logins_refused;
        return std::nullopt;
    }
    const SeatId id = take_slot();
    slots_[id.slot].app = std::make_unique<AppSeat>(id, limits_);
    AppSeat& seat = *slots_[id.slot].app;
    seat.user = login->user;
    seat.login = login->id;
    seat.expires = login->access_expires;
    seat.encoding = encoding;
    ++apps_;
    ++counters_.logins;
    seats_of_user_.emplace(seat.user, id.slot);
    seats_of_login_.emplace(seat.login, id.slot);
    end_if_signed_out(seat);  // no live membership
    update_edge(seat);
    return AppAdmission{id, account_of(*world_, seat.user)};
}

void Shard::Impl::app_request(SeatId id, AppRequest request, std::optional<TokenHash> sign_in) {
    AppSeat* seat = app(id);
    if (seat == nullptr || seat->close) {
        return;
    }
    const std::uint32_t number = request.request;
    if (number == 0 ||
        std::ranges::find(seat->in_flight, number, &Pending::request) != seat->in_flight.end()) {
        return answer_extra(
            *seat, reply_of(*seat, number, AppStatus::bad_request,
                            number == 0 ? "request must not be 0" : "request is still pending"));
    }
    if (seat->in_flight.size() >= limits_.requests_in_flight_max) {
        return answer_extra(*seat, reply_of(*seat, number, AppStatus::throttled));
    }
    seat->in_flight.push_back(pending_of(request));
    std::visit(Overloaded{
                   [&](std::monostate) {
                       refuse(*seat, number, AppStatus::bad_request, std::move(request.problem));
                   },
                   [&](AppSignIn&) { on_sign_in(*seat, number, sign_in); },
                   [&](AppWatch& body) { on_watch(*seat, number, body); },
                   [&](AppUnwatch& body) { on_unwatch(*seat, number, body); },
                   [&](AppWrite& body) { on_app_write(*seat, number, body); },
                   [&](AppRead& body) { on_app_read(*seat, number, body); },
                   [&](AppDevices& body) { on_app_devices(*seat, number, body); },
                   [&](AppExplain& body) { on_app_explain(*seat, number, body); },
               },
               request.body);
}

void Shard::Impl::on_sign_in(AppSeat& seat, std::uint32_t request,
                             const std::optional<TokenHash>& token) {
    const LoginRecord* login = token ? living_login(*world_, *token, now_.wall) : nullptr;
    if (login == nullptr || login->user != seat.user) {
        refuse(seat, request, AppStatus::unauthenticated);
        return close_app(seat, close_unauthenticated, "unauthenticated");
    }
    erase_login(seat);
    seat.login = login->id;
    seat.expires = login->access_expires;
    seats_of_login_.emplace(seat.login, seat.id.slot);
    update_edge(seat);
    AppReply reply = reply_of(seat, request, AppStatus::ok);
    reply.result = account_of(*world_, seat.user);
    answer(seat, std::move(reply));
}

// ---- replies

std::uint64_t Shard::Impl::tree_revision(OrgId org) const {
    const Org* record = world_->org(org);
    return record == nullptr ? 0 : world_->tree_revision(record->root);
}

// What says nothing about its object is counted in the asker's own tree.
std::uint64_t Shard::Impl::home_tree_revision(UserId user) const {
    return tree_revision(account_of(*world_, user).home_org);
}

AppReply Shard::Impl::reply_of(const AppSeat& seat, std::uint32_t request, AppStatus status,
                               std::string detail) const {
    return {request, status, home_tree_revision(seat.user), std::move(detail), {}};
}

void Shard::Impl::answer(AppSeat& seat, AppReply reply, DeviceId about) {
    if (seat.doubt != Doubt::none) {  // rendered in a world whose windows the seat doesn't know yet
        set_edge(seat, std::min(seat.edge, next_window_edge(*world_, seat.user, now_.wall)));
    }
    OutItem item{.kind = OutItem::Kind::reply,
                 .frame = shared_reply(reply, seat.encoding, world_->wire()),
                 .device = about,
                 .stamp = std::nullopt,
                 .request = reply.request};
    if (std::holds_alternative<AppStoredValues>(reply.result)) {
        item.epoch = world_->device(about)->ownership_epoch;
    }
    if (std::holds_alternative<AppDevicePage>(reply.result)) {
        item.reply = std::make_unique<AppReply>(std::move(reply));
    }
    push(seat, std::move(item));
}

// To a request that was not taken: the pending one of the same number stays pending.
void Shard::Impl::answer_extra(AppSeat& seat, AppReply reply) {
    push(seat, OutItem{.kind = OutItem::Kind::reply,
                       .frame = shared_frame(reply, seat.encoding, world_->wire()),
                       .stamp = std::nullopt,
                       .request = 0});
}

void Shard::Impl::refuse(AppSeat& seat, std::uint32_t request, AppStatus status,
                         std::string detail) {
    counters_.denied_not_found += status == AppStatus::not_found ? 1 : 0;
    counters_.denied_forbidden += status == AppStatus::forbidden ? 1 : 0;
    if (!is_recorded(seat, request, status)) {
        status = AppStatus::unavailable;
    }
    answer(seat, reply_of(seat, request, status, std::move(detail)));
}

// A denial that can't be recorded must not be answered.
bool Shard::Impl::is_recorded(const AppSeat& seat, std::uint32_t request, AppStatus status) const {
    const bool is_denial = status == AppStatus::not_found || status == AppStatus::forbidden;
    const auto asked = std::ranges::find(seat.in_flight, request, &Pending::request);
    if (!is_denial || !record_denial_ || asked == seat.in_flight.end() || asked->asked.empty()) {
        return true;
    }
    return record_denial_({seat.id, seat.user, status, asked->asked, asked->device, asked->org});
}

}  // namespace treeline
