#include "tests/e2e/live/revocation_town.hpp"

#include <algorithm>

namespace treeline::live {

namespace json = boost::json;

namespace {

// Under ASan the server is not slowed as much as the crowd is: at full speed what is on its way to
// one session takes it longer to read than a test waits.
#if __has_feature(address_sanitizer)
constexpr Millis fast_pause{1};
#else
constexpr Millis fast_pause{0};
#endif

}  // namespace

void Writer::start(const std::string& token) {
    device_ = std::make_unique<Device>(server_);
    if (device_->login(token) != 200) {
        std::fprintf(stderr, "revocation town: a device was refused\n");
        std::abort();
    }
    stop_ = std::make_unique<std::binary_semaphore>(0);
    thread_ = std::thread([this] {
        const auto is_over = [this] {
            return is_fast() ? stop_->try_acquire() : stop_->try_acquire_for(pause_);
        };
        while (!is_over() && device_->write(5, std::to_string(sent_.fetch_add(1) + 1))) {
        }
    });
}

void Writer::stop() {
    join();
    device_.reset();
}

void Writer::finish() {
    join();
    device_->write(5, std::to_string(sent_.fetch_add(1) + 1));
}

void Writer::join() {
    if (thread_.joinable()) {
        stop_->release();
        thread_.join();
    }
}

Town::Town(const Server& server, Millis pause) : tenant(server), server_(server) {
    admin = tenant.sign_in(admin_email, admin_password);
    root = number_at(tenant.expect(200, "GET", "/orgs", admin).at("items").at(0), "id");
    make_orgs();
    make_people();
    make_devices(server, pause);
    std::vector<std::uint64_t> all = orgs;
    all.push_back(root);
    for (const std::uint64_t org : all) {
        for (const unsigned role : {1U, 2U, 3U}) {
            const auto names = tenant.permissions(admin, org, static_cast<int>(role));
            model.sets.push_back({org, role, model::Names(names.begin(), names.end())});
        }
    }
}

// root ─┬─ A ─┬─ A1 ── A1x        Only the devices of F write at full speed, and few watch them:
//       │     └─ A2               what everybody is to be sent whole has to fit the machine.
//       ├─ B ─── B1
//       ├─ F
//       └─ E                      E is where contractors are at home; it has no devices.
void Town::make_orgs() {
    model.orgs.push_back({root, 0, false});
    std::map<std::string, std::uint64_t> by_name{{"root", root}};
    for (const auto& [name, parent] :
         std::vector<std::pair<std::string, std::string>>{{"A", "root"},
                                                          {"A1", "A"},
                                                          {"A2", "A"},
                                                          {"A1x", "A1"},
                                                          {"B", "root"},
                                                          {"B1", "B"},
                                                          {"F", "root"},
                                                          {"E", "root"}}) {
        by_name[name] = tenant.org(admin, by_name.at(parent), name);
        model.orgs.push_back({by_name.at(name), by_name.at(parent), false});
        orgs.push_back(by_name.at(name));
    }
    fast_org = by_name.at("F");
}

void Town::make_user(std::uint64_t org, unsigned role) {
    const std::string email = "u" + std::to_string(people.size()) + "@example.org";
    const auto made = tenant.user(admin, org, email, static_cast<int>(role));
    people.push_back({made.id, org, email, tenant.sign_in(email, user_password)});
    model.users.push_back({made.id, "active"});
    model.memberships.push_back({0, made.id, org, role, false, {}, {}});
    memberships_[{made.id, org}] = made.membership;
}

void Town::make_member(std::uint64_t user, std::uint64_t org, unsigned role) {
    memberships_[{user, org}] = tenant.membership(admin, org, user, static_cast<int>(role));
    model.memberships.push_back({0, user, org, role, false, {}, {}});
}

std::string Town::member_path(std::uint64_t user, std::uint64_t org) const {
    return "/memberships/" + std::to_string(memberships_.at({user, org}));
}

void Town::make_people() {
    const std::uint64_t elsewhere = orgs.back();
    for (const std::uint64_t org : orgs) {
        if (org != elsewhere) {
            make_user(org, 2);
            make_user(org, 3);
        }
    }
    for (const std::size_t org : {1U, 2U, 4U, 6U}) {
        make_user(elsewhere, 3);
        make_member(people.back().id, orgs[org], 2);
    }
    make_user(root, 2);
}

// Two org devices in each org and one that its user owns; the first of F has no pause.
void Town::make_devices(const Server& server, Millis pause) {
    for (const Resident& person : people) {
        const bool is_plain_user = std::ranges::any_of(model.memberships, [&](const auto& m) {
            return m.user == person.id && m.org == person.org && m.role == 3;
        });
        if (!is_plain_user || person.org == orgs.back()) {
            continue;
        }
        for (const std::uint64_t owner : {person.id, std::uint64_t{0}, std::uint64_t{0}}) {
            const auto made = tenant.device(admin, person.org, "device", owner);
            const bool is_fast = person.org == fast_org && owner == 0;
            slots.push_back(
                {made.id, std::make_unique<Writer>(server, is_fast ? fast_pause : pause)});
            slots.back().writer->start(made.token);
            model.devices.push_back({made.id, person.org, owner, "device"});
        }
    }
}

void Town::sign_in_again() {
    for (Resident& person : people) {
        const bool is_active = std::ranges::any_of(model.users, [&](const model::User& user) {
            return user.id == person.id && user.status == "active";
        });
        if (person.token.empty() && is_active) {
            person.token = tenant.sign_in(person.email, user_password);
        }
    }
}

}  // namespace treeline::live
