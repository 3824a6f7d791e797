// The log's codec: every kind of event goes through, and bytes that are none are refused.
#include <set>

#include <gtest/gtest.h>

#include "broker/registry/replay.hpp"
#include "broker/registry/wire.hpp"

namespace treeline {
namespace {

TokenHash hash_of(int seed) {
    TokenHash hash{};
    hash.fill(static_cast<std::byte>(seed));
    return hash;
}

OrgRecord full_org() {
    OrgRecord org;
    org.id = OrgId{7};
    org.parent = OrgId{3};
    org.name = "Büro \xff\n";  // not UTF-8: must come back all the same
    org.kind = OrgKind::branch;
    org.can_create_suborgs = true;
    org.status = OrgStatus::suspended;
    org.timezone = "Europe/Vienna";
    org.description = "text";
    org.created_at = from_unix_ms(-5);
    org.metadata = {{"a", "1"}, {"b", std::string("\0\x80", 2)}};
    org.domains = {{"a.example", "b.example"}, {"c.example"}};
    return org;
}

UserRecord full_user() {
    UserRecord user;
    user.id = UserId{1ULL << 52};
    user.email = "a@b.example";
    user.email_verified_at = from_unix_ms(0);
    user.name = "name";
    user.title = "title";
    user.phone = "phone";
    user.locale = "de";
    user.timezone = "UTC";
    user.status = UserStatus::pending;
    user.password_verifier = "$argon2id$";
    user.home = MembershipId{4};
    user.auth_epoch = 9;
    user.created_at = from_unix_ms(1'800'000'000'123);
    user.reset = ResetRecord{hash_of(8), from_unix_ms(20)};
    return user;
}

MembershipRecord full_membership() {
    MembershipRecord membership;
    membership.id = MembershipId{5};
    membership.user = UserId{6};
    membership.invited_email = "c@d.example";
    membership.org = OrgId{7};
    membership.role = RoleId{2};
    membership.status = MembershipStatus::pending;
    membership.not_before = from_unix_ms(0);
    membership.not_after = from_unix_ms(10);
    membership.granted_by = UserId{8};
    membership.invite =
        InviteRecord{hash_of(7), from_unix_ms(21), from_unix_ms(22), "Eve", "+44", "en"};
    return membership;
}

DeviceRecord full_device() {
    DeviceRecord device;
    device.id = DeviceId{9};
    device.org = OrgId{7};
    device.owner = UserId{6};
    device.name = "lamp";
    device.token = hash_of(1);
    device.ownership_epoch = 3;
    device.readable_from_epoch = 2;
    device.created_at = from_unix_ms(11);
    device.metadata = Metadata{{"room", "1"}};
    device.tags = std::vector<std::string>{"b", "a", "b"};
    device.staged_token = hash_of(6);
    device.kept = std::vector<KeptHistory>{{OrgId{4}, 1, 2}};
    return device;
}

LoginRecord full_login() {
    LoginRecord login;
    login.id = LoginId{10};
    login.user = UserId{6};
    login.auth_epoch = 2;
    login.access = hash_of(2);
    login.access_expires = from_unix_ms(12);
    login.refresh = hash_of(3);
    login.spent_refreshes = {hash_of(0), hash_of(9)};
    login.refresh_expires = from_unix_ms(13);
    login.created_at = from_unix_ms(14);
    return login;
}

PermissionsRecord all_of_them() {
    PermissionsRecord permissions{OrgId{7}, RoleId{3}, {}};
    permissions.permissions.set();
    return permissions;
}

PushRecord full_push() {
    PushRecord push;
    push.org = OrgId{7};
    PushGroup& group = push.groups.emplace_back();
    group.role = RoleId{3};
    group.before.is_linked = true;
    group.after.permissions.set();
    group.orgs = {OrgId{8}, OrgId{9}};
    return push;
}

TransferRecord full_transfer() {
    TransferRecord transfer;
    transfer.id = TransferId{3};
    transfer.device = DeviceId{9};
    transfer.state = TransferState::expired;
    transfer.from_org = OrgId{1};
    transfer.from_owner = UserId{2};
    transfer.to_org = OrgId{3};
    transfer.to_user = UserId{4};
    transfer.into_org = OrgId{5};
    transfer.history = HistoryMode::cut;
    transfer.rotate_token = true;
    transfer.notify = false;
    transfer.is_blind = true;
    transfer.made_by = UserId{6};
    transfer.created_at = from_unix_ms(1);
    transfer.expires_at = from_unix_ms(2);
    transfer.closed_at = from_unix_ms(3);
    transfer.closed_by = UserId{7};
    transfer.from_epoch = 12;
    return transfer;
}

std::vector<Event> one_of_each_kind() {
    MembershipRecord open_ended = full_membership();
    open_ended.not_before.reset();
    open_ended.not_after.reset();
    LoginRecord unspent = full_login();
    unspent.spent_refreshes.clear();
    UserRecord unverified = full_user();
    unverified.email_verified_at.reset();
    return {Founded{hash_of(4)},
            OrgPut{full_org()},
            OrgPut{},
            OrgRemoved{OrgId{7}},
            UserPut{full_user()},
            UserPut{unverified},
            UserRemoved{UserId{6}},
            MembershipPut{full_membership()},
            MembershipPut{open_ended},
            MembershipRemoved{MembershipId{5}},
            RolePut{{OrgId{1}, RoleId{4}, "Night"}},
            PermissionsPut{all_of_them()},
            PermissionsPut{{OrgId{7}, RoleId{3}, {}}},
            DevicePut{full_device()},
            DevicePut{},
            DeviceRemoved{DeviceId{9}},
            LoginPut{full_login()},
            LoginPut{unspent},
            LoginRemoved{LoginId{10}},
            RoleRemoved{OrgId{1}, RoleId{4}},
            PermissionsPut{{OrgId{7}, RoleId{3}, {}, true}},
            PushPut{full_push()},
            TransferPut{full_transfer()},
            TransferPut{},
            AnswerKept{{hash_of(5), hash_of(6), 77, from_unix_ms(15), 8}},
            CountersPut{1, 2, 3, 4, 5, 6},
            TreeCounted{OrgId{1}, 77, 9},
            ChangedAt{ChangedAt::Kind::org, 1, 2, {}},
            ChangedAt{ChangedAt::Kind::user, 1, 2, from_unix_ms(16)},
            ChangedAt{ChangedAt::Kind::device, 3, 4, {}},
            ChangedAt{ChangedAt::Kind::roles, 5, 6, {}}};
}

Change change_of(std::vector<Event> events) {
    Change change;
    change.at = from_unix_ms(1'800'000'000'001);
    change.command = "create_org";
    change.from = "192.0.2.1";
    change.mail = {{"eve@corp.test", MailKind::invitation, {{"nonce", "00ff"}}}};
    change.actor = UserId{42};
    change.trees = {OrgId{1}, OrgId{2}};
    change.events = std::move(events);
    return change;
}

record::v1::Entry entry_of(const Event& event) {
    record::v1::Entry entry;
    to_wire(event, *entry.add_events());
    entry.set_whole(true);
    return entry;
}

TEST(ChangeCodec, gives_every_kind_of_event_back_as_it_was) {
    const std::vector<Event> events = one_of_each_kind();
    std::set<std::size_t> kinds;
    for (const Event& event : events) {
        kinds.insert(event.index());
        const auto decoded = decode_change(encode_change(change_of({event})));
        ASSERT_TRUE(decoded.has_value()) << event.index();
        ASSERT_EQ(decoded->events.size(), 1U);
        EXPECT_EQ(decoded->events.front(), event) << event.index();
    }
    EXPECT_EQ(kinds.size(), std::variant_size_v<Event>);
}

TEST(ChangeCodec, keeps_order_time_actor_and_trees) {
    const Change change = change_of(one_of_each_kind());
    const auto decoded = decode_change(encode_change(change));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->at, change.at);
    EXPECT_EQ(decoded->command, change.command);
    EXPECT_EQ(decoded->from, change.from);
    EXPECT_EQ(decoded->mail, change.mail);
    EXPECT_EQ(decoded->actor, change.actor);
    EXPECT_EQ(decoded->trees, change.trees);
    EXPECT_EQ(decoded->events, change.events);
}

TEST(ChangeCodec, stores_permissions_by_name) {
    PermissionsRecord permissions{OrgId{1}, role_user, {}};
    permissions.permissions.set(index(Permission::org_devices_view));
    const auto entry = entry_of(PermissionsPut{permissions});
    ASSERT_EQ(entry.events(0).permissions_put().permissions_size(), 1);
    EXPECT_EQ(entry.events(0).permissions_put().permissions(0), "org_devices.view");
}

TEST(ChangeCodec, refuses_what_it_does_not_know_rather_than_lose_it) {
    record::v1::Entry right = entry_of(PermissionsPut{all_of_them()});
    right.mutable_events(0)->mutable_permissions_put()->add_permissions("moons.view");
    EXPECT_FALSE(decode_change(right.SerializeAsString()));

    record::v1::Entry kind = entry_of(OrgRemoved{OrgId{1}});
    kind.add_events();  // as a kind of a later version reads here
    EXPECT_FALSE(decode_change(kind.SerializeAsString()));

    record::v1::Entry status = entry_of(OrgPut{full_org()});
    status.mutable_events(0)->mutable_org_put()->set_status(static_cast<record::v1::OrgStatus>(9));
    EXPECT_FALSE(decode_change(status.SerializeAsString()));
    status.mutable_events(0)->mutable_org_put()->clear_status();
    EXPECT_FALSE(decode_change(status.SerializeAsString()));

    record::v1::Entry token = entry_of(DevicePut{full_device()});
    token.mutable_events(0)->mutable_device_put()->set_token("short");
    EXPECT_FALSE(decode_change(token.SerializeAsString()));
}

TEST(ChangeCodec, refuses_nothing_and_noise) {
    EXPECT_FALSE(decode_change(""));
    EXPECT_FALSE(decode_change("hello"));
    EXPECT_FALSE(decode_change(std::string(64, '\xff')));
    EXPECT_FALSE(decode_change(encode_change(change_of({}))));
}

TEST(ChangeCodec, never_takes_a_cut_entry_for_the_whole) {
    const Change change = change_of(one_of_each_kind());
    const std::string bytes = encode_change(change);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_FALSE(decode_change(std::string_view(bytes).substr(0, cut))) << cut;
    }
}

TEST(ChangeCodec, survives_every_flipped_bit) {
    const std::string bytes = encode_change(change_of(one_of_each_kind()));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        static_cast<void>(decode_change(flipped));
    }
}

}  // namespace
}  // namespace treeline
