// The generators. A command without one does not compile here.
#include "tests/property/drawn_command.hpp"

#include <utility>

namespace treeline::property {
namespace {

template <class Kind>
struct Of {};

Attempt make(Draw& d, Of<CreateRoot>) {
    return {{Operator{}}, CreateRoot{d.name(), d.email(), "admin", "verifier"}};
}
Attempt make(Draw& d, Of<SignIn>) {
    return {{Operator{}},
            SignIn{d.user(), d.token(), d.token(), d.now() + Millis{900}, d.now() + Millis{9000}}};
}
Attempt make(Draw& d, Of<RefreshLogin>) {
    return {{Operator{}},
            RefreshLogin{d.login().refresh, d.token(), d.token(), d.now() + Millis{900},
                         d.now() + Millis{9000}}};
}
Attempt make(Draw& d, Of<SignOut>) {
    const LoginRecord login = d.login();
    return {{login.user}, SignOut{login.id}};
}
Attempt make(Draw& d, Of<CreateOrg>) {
    CreateOrg command;
    command.parent = d.org();
    command.name = d.name();
    command.can_create_suborgs = d.coin();
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<PatchOrg>) {
    PatchOrg command;
    command.org = d.org();
    if (d.coin()) {
        command.name = d.name();
        command.can_create_suborgs = d.coin();
    } else {
        command.description = d.name();
    }
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<MoveOrg>) {
    return {d.somebody(), MoveOrg{d.org(), d.org()}};
}
Attempt make(Draw& d, Of<SuspendOrg>) {
    return {d.somebody(), SuspendOrg{d.org()}};
}
Attempt make(Draw& d, Of<ResumeOrg>) {
    return {d.somebody(), ResumeOrg{d.org()}};
}
Attempt make(Draw& d, Of<DeleteOrg>) {
    return {d.somebody(), DeleteOrg{d.org(), {}}};
}
Attempt make(Draw& d, Of<CreateUser>) {
    return {d.somebody(), CreateUser{d.org(), d.email(), "new", d.role(), "verifier"}};
}
Attempt make(Draw& d, Of<PatchUser>) {
    PatchUser command;
    command.user = d.user();
    command.name = d.name();
    return {d.coin() ? Actor{command.user} : d.somebody(), command};
}
Attempt make(Draw& d, Of<SuspendUser>) {
    return {d.somebody(), SuspendUser{d.user(), d.coin()}};
}
Attempt make(Draw& d, Of<ResumeUser>) {
    return {d.somebody(), ResumeUser{d.user()}};
}
Attempt make(Draw& d, Of<DeleteUser>) {
    return {d.somebody(), DeleteUser{d.user(), d.coin(), {}}};
}
Attempt make(Draw& d, Of<SetPassword>) {
    return {d.somebody(), SetPassword{d.user(), d.name()}};
}
Attempt make(Draw& d, Of<ForceLogout>) {
    return {d.somebody(), ForceLogout{d.user()}};
}
Attempt make(Draw& d, Of<TransferUser>) {
    return {d.somebody(), TransferUser{d.user(), d.org(), d.role(), d.coin(), d.coin()}};
}
Attempt make(Draw& d, Of<RequestReset>) {
    return {{Operator{}}, RequestReset{d.email(), {d.token(), "nonce"}}};
}
Attempt make(Draw& d, Of<FinishReset>) {
    const User* user = d.directory().user(d.user());
    const bool waits = user != nullptr && user->reset;
    return {{Operator{}}, FinishReset{waits ? user->reset->token : d.token(), "proven"}};
}
Attempt make(Draw& d, Of<CreateMembership>) {
    CreateMembership command;
    command.org = d.org();
    if (d.coin()) {
        command.user = d.user();
    } else {
        command.email = d.email();
    }
    command.role = d.role();
    command.not_before = d.edge();
    command.not_after = d.edge();
    command.token = {d.token(), "nonce"};
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<PatchMembership>) {
    PatchMembership command;
    command.membership = d.membership();
    command.role = d.coin() ? std::optional(d.role()) : std::nullopt;
    if (d.coin()) {
        command.not_before = d.edge();
    }
    if (d.coin()) {
        command.not_after = d.edge();
    }
    command.allow_orphan = d.coin();
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<EndMembership>) {
    return {d.somebody(), EndMembership{d.membership(), d.coin(), {}}};
}
// Those for whom it may be meant: the holder of the address.
Actor invited(Draw& d, const MembershipRecord& pending) {
    const User* user = d.directory().user_by_email(pending.invited_email);
    return user == nullptr || d.below(4) == 0 ? d.somebody() : Actor{user->id};
}
Attempt make(Draw& d, Of<SetHome>) {
    const Membership* membership = d.directory().membership(d.membership());
    const bool is_known = membership != nullptr;
    return {is_known ? Actor{membership->user} : d.somebody(),
            SetHome{is_known ? membership->id : MembershipId{}}};
}
// One that its account could answer by its session, where there is one.
MembershipRecord answerable(Draw& d) {
    MembershipRecord pending = d.pending();
    for (int tries = 0; tries < 8; ++tries) {
        const User* user = d.directory().user_by_email(pending.invited_email);
        if (user != nullptr && user->email_verified_at) {
            break;
        }
        pending = d.pending();
    }
    return pending;
}
Attempt make(Draw& d, Of<AcceptMembership>) {
    const MembershipRecord pending = answerable(d);
    return {invited(d, pending), AcceptMembership{pending.id}};
}
Attempt make(Draw& d, Of<DeclineMembership>) {
    const MembershipRecord pending = answerable(d);
    return {invited(d, pending), DeclineMembership{pending.id}};
}
Attempt make(Draw& d, Of<Invite>) {
    Invite command;
    command.org = d.org();
    command.email = d.email();
    command.name = "invited";
    command.role = d.role();
    command.not_before = d.edge();
    command.not_after = d.edge();
    command.token = {d.token(), "nonce"};
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<ResendInvitation>) {
    return {d.somebody(), ResendInvitation{d.pending().id, {d.token(), "nonce"}}};
}
Attempt make(Draw& d, Of<AcceptInvitation>) {
    const MembershipRecord pending = d.pending();
    return {{Operator{}},
            AcceptInvitation{
                pending.invite ? pending.invite->token : d.token(), {}, "invited", "proven"}};
}
Attempt make(Draw& d, Of<PutPermissions>) {
    PutPermissions command;
    const Membership* somebodys = d.directory().membership(d.membership());
    const bool matters = somebodys != nullptr && d.below(4) != 0;  // else few have the role there
    command.org = matters ? somebodys->org : d.org();
    command.role = matters ? somebodys->role : d.role();
    command.permissions = d.directory().permissions(command.org, command.role);
    for (std::uint64_t flips = 1 + d.below(3); flips > 0; --flips) {
        command.permissions.flip(d.below(permission_count));
    }
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<CreateRole>) {
    return {d.somebody(), CreateRole{d.root(), d.name()}};
}
Attempt make(Draw& d, Of<RenameRole>) {
    return {d.somebody(), RenameRole{d.root(), d.role(), d.name()}};
}
Attempt make(Draw& d, Of<DeleteRole>) {
    return {d.somebody(), DeleteRole{d.root(), d.role(), d.role()}};
}
Attempt make(Draw& d, Of<Push>) {
    Push command;
    command.org = d.org();
    command.mode = static_cast<PushMode>(d.below(3));
    command.roles = {d.role()};
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<UndoPush>) {
    return {d.somebody(), UndoPush{d.org()}};
}
Attempt make(Draw& d, Of<CreateDevice>) {
    CreateDevice command;
    command.org = d.org();
    command.name = d.name();
    const Actor actor = d.somebody();
    command.owner = d.coin() ? std::nullopt : std::optional(d.coin() ? *actor.user() : d.user());
    command.token = d.token();
    return {actor, command};
}
Attempt make(Draw& d, Of<PatchDevice>) {
    return {d.somebody(), PatchDevice{d.device(), d.name(), {}, {}, {}}};
}
Attempt make(Draw& d, Of<DeleteDevice>) {
    return {d.somebody(), DeleteDevice{d.device(), {}}};
}
Attempt make(Draw& d, Of<RotateToken>) {
    return {d.somebody(), RotateToken{d.device(), d.token()}};
}
Attempt make(Draw& d, Of<SetOwner>) {
    return {d.somebody(),
            SetOwner{d.device(), d.coin() ? std::optional(d.user()) : std::nullopt, {}}};
}
Attempt make(Draw& d, Of<StageToken>) {
    return {d.somebody(), StageToken{d.device(), d.token()}};
}
Attempt make(Draw& d, Of<CreateTransfer>) {
    CreateTransfer command;
    command.device = d.device();
    command.to_org = d.coin() ? d.org() : OrgId{};
    command.to_user = d.coin() ? d.user() : UserId{};
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<AnswerTransfer>) {
    AnswerTransfer command;
    command.transfer = d.transfer();
    command.step = static_cast<AnswerTransfer::Step>(d.below(3));
    command.keep_token = true;
    return {d.somebody(), command};
}
Attempt make(Draw& d, Of<SetDeviceMeta>) {
    return {{d.device()}, SetDeviceMeta{"place", d.name()}};
}

template <std::size_t... Index>
Attempt make_nth(Draw& draw, std::size_t index, std::index_sequence<Index...>) {
    Attempt attempt;
    ((Index == index ? void(attempt = make(draw, Of<std::variant_alternative_t<Index, Command>>{}))
                     : void()),
     ...);
    return attempt;
}

}  // namespace

Attempt draw_command(Draw& draw, std::size_t index) {
    return make_nth(draw, index, std::make_index_sequence<std::variant_size_v<Command>>{});
}

}  // namespace treeline::property
