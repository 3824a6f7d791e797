// bench_scale [ORGS USERS DEVICES [DIR]]: a directory of that size in this process: what it weighs
// and what its acts take. With DIR, also a data directory for treelined to start on; it then prints
// `admin EMAIL password PASSWORD`, who can sign in there.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include <malloc.h>

#include "broker/authority/authorise.hpp"
#include "broker/authority/permit.hpp"
#include "broker/authority/preview.hpp"
#include "broker/domain/decide.hpp"
#include "broker/domain/push.hpp"
#include "broker/identity/password.hpp"
#include "broker/registry/audit_derive.hpp"
#include "broker/registry/audit_store.hpp"
#include "broker/registry/replay.hpp"
#include "broker/server/data_directory.hpp"
#include "storage/memory.hpp"
#include "storage/rocks.hpp"
#include "tests/bench/big_tree.hpp"

namespace treeline {
namespace {

constexpr const char* admin_password = "a password of the big tree";

double resident_mib() {
    malloc_trim(0);
    std::ifstream status("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    status >> total >> resident;
    return static_cast<double>(resident) * 4096 / (1 << 20);
}

// Of this process, so that a busy machine counts less.
double cpu_ms() {
    return static_cast<double>(std::clock()) * 1'000 / CLOCKS_PER_SEC;
}

template <class Act>
auto timed(const char* what, Act&& act) {
    const double begun = cpu_ms();
    auto result = act();
    std::printf("%-44s %10.1f ms\n", what, cpu_ms() - begun);
    std::fflush(stdout);
    return result;
}

void nanos_per_authorise(const Directory& directory, const BigTreeSize& size) {
    constexpr std::uint64_t times = 2'000'000;
    constexpr std::uint64_t connected = 1'000;  // devices that speak, as on one busy shard
    const UnixTime now = from_unix_ms(1'800'000'000'000);
    std::size_t seen = 0;
    const double begun = cpu_ms();
    for (std::uint64_t i = 0; i < times; ++i) {
        const DeviceId device{
            i % std::min<std::uint64_t>(connected, size.devices) *
                (size.devices / std::min<std::uint64_t>(connected, size.devices)) +
            1};
        seen += device_rights(directory, owner_of_device(size, device), device, now).rights.count();
    }
    const double took = (cpu_ms() - begun) * 1'000'000;
    std::printf("%-44s %10.1f ns (%zu)\n", "authorise, 1,000 devices in turn", took / times,
                seen / times);
}

// One push, or its undoing, as the server does it: first what it would do to whom, for its answer.
Directory carried_out(const char* what, const Directory& before, const Command& command) {
    const UnixTime now = from_unix_ms(1'800'000'000'000);
    const UserId admin = admin_of_big_tree();
    std::printf("%s\n", what);
    timed("  may he", [&] { return permit(before, Actor{admin}, command, now).has_value(); });
    const auto decided =
        timed("  decide", [&] { return decide(before, Actor{}, command, now, {}); });
    CHECK(decided.has_value());
    const Event& put = decided->change.events.front();
    const PushRecord& push = std::get<PushPut>(put).push;
    const Directory seen = timed("  foresee", [&] { return foresee(before, put); });
    PushPreview preview = timed("  what it does to whom", [&] {
        return push.is_undo
                   ? preview_push(before, seen, undo_effect(before, seen, push.groups), now)
                   : preview_push(before, seen, push.groups, now);
    });
    timed("  what the admin is told", [&] {
        if (!sees_all_below(before, admin, root_of_big_tree(), now)) {
            leave_out_unseen(before, admin, preview, now);
        }
        return first_of(preview, 1'000).users_total;
    });
    const std::string entry = timed("  encode", [&] { return encode_change(decided->change); });
    std::printf("%-44s %10.1f KiB\n", "  its entry in the log",
                static_cast<double>(entry.size()) / 1024);
    Directory after = timed("  apply", [&] { return apply(before, decided->change); });
    timed("  effect", [&] { return effect_of(before, after, decided->change).users.size(); });
    timed("  its lines in the audit", [&] {
        std::size_t bytes = 0;
        each_audit_line(before, decided->change, after, [&](AuditLine line) {
            bytes += audit::to_line(audit::seal({}, number(line.org), {}, line.fields)).size();
            return true;
        });
        return bytes;
    });
    return after;
}

void push(const Directory& directory, PushMode mode, const char* what) {
    Push command;
    command.org = root_of_big_tree();
    command.mode = mode;
    // Something to push: the root's users may do one thing more.
    PutPermissions put;
    put.org = command.org;
    put.role = role_user;
    put.permissions = default_permissions(role_user);
    put.permissions.flip(index(Permission::own_devices_transfer));
    const auto prepared = decide(directory, Actor{}, put, from_unix_ms(1'800'000'000'000), {});
    CHECK(prepared.has_value());
    const Directory before = apply(directory, prepared->change);
    const Directory after = carried_out(what, before, command);
    carried_out("  and its undo", after, UndoPush{command.org});
}

// The verifier of each user of the tree is nobody's: the root's admin is given a real one.
Change let_in(const UserRecord& admin) {
    UserRecord user = admin;
    user.password_verifier = hash_password(admin_password);
    Change change;
    change.at = admin.created_at;
    change.trees = {root_of_big_tree()};
    change.command = "set_password";
    change.events.emplace_back(UserPut{std::move(user)});
    return change;
}

// Returns the address of who can sign in there.
std::string write_data_directory(const BigTreeSize& size, Directory whole,
                                 const std::filesystem::path& root) {
    const User* const admin = whole.user(admin_of_big_tree());
    CHECK(admin != nullptr);
    const std::string email = admin->email.str();
    const Change last_change = let_in(*admin);
    const DataPaths paths{root};
    prepare_data_directory(paths, false);
    auto opened = storage::RocksDatabase::open(paths.registry(), true);
    CHECK(opened.has_value());
    storage::Log& log = (*opened)->log();
    std::uint64_t last = log.last();
    CHECK(last == 0);
    std::vector<std::string> entries;
    const auto append = [&](const Change& change) {
        entries.assign(1, encode_change(change));
        CHECK(log.append_if(last++, entries).has_value());
    };
    each_change(size, append);
    append(last_change);
    whole = apply(std::move(whole), last_change);
    CHECK(number(whole.revision()) == last);
    CHECK(write_checkpoint((*opened)->store(), whole).has_value());
    auto audit = storage::RocksDatabase::open(paths.audit(), true);
    CHECK(audit.has_value());
    AuditStore marks((*audit)->store(), {});
    marks.put_watermark(whole.revision());
    CHECK(marks.commit().has_value());
    return email;
}

int run(const BigTreeSize& size, const char* data) {
    std::printf("%zu orgs, %zu users, %zu devices\n", size.orgs, size.users, size.devices);
    const double empty = resident_mib();
    const Directory directory = timed("made by its events", [&] { return big_tree(size); });
    std::printf("%-44s %10.1f MiB\n", "resident", resident_mib() - empty);
    std::printf("%-44s %10.1f MiB\n", "of which allocated",
                static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd) / (1 << 20));
    nanos_per_authorise(directory, size);
    push(directory, PushMode::overwrite, "push, overwrite");
    push(directory, PushMode::link, "push, link");
    if (data != nullptr) {
        const std::string email = timed(
            "data directory written", [&] { return write_data_directory(size, directory, data); });
        std::printf("admin %s password %s\n", email.c_str(), admin_password);
    }
    return 0;
}

}  // namespace
}  // namespace treeline

int main(int argc, char** argv) {
    treeline::BigTreeSize size;
    if (argc >= 4) {
        size.orgs = std::strtoull(argv[1], nullptr, 10);
        size.users = std::strtoull(argv[2], nullptr, 10);
        size.devices = std::strtoull(argv[3], nullptr, 10);
    }
    return treeline::run(size, argc >= 5 ? argv[4] : nullptr);
}
