#include "firmware-sim/load/setup.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "firmware-sim/load/layout.hpp"
#include "firmware-sim/load/rest.hpp"

namespace treeline::load {
namespace {

namespace json = boost::json;

constexpr std::size_t connections = 16;
constexpr std::int64_t time_us_max = 600'000'000;
constexpr int role_staff = 2;  // sees and controls every device of its org
const std::string password = "a password of a load";

// Each answer asks for what follows from it. Owned by one thread.
class Setup {
  public:
    Setup(const LoadPlan& plan, const Target& target, Roster roster)
        : plan_(plan),
          rest_(target, connections),
          roster_(std::move(roster)),
          run_(std::to_string(to_unix_ms(read_clock().wall))) {}

    ResultOf<Roster, std::string> run() {
        first_tenant_ = roster_.tenants.size();
        first_device_ = roster_.devices.size();
        if (!is_of_this_tree()) {
            return std::string("the credentials are of another tree of orgs");
        }
        const std::size_t tenants = std::max(plan_.tenants, first_tenant_);
        const std::size_t devices = std::max(plan_.devices, first_device_);
        if (tenants == first_tenant_ && devices == first_device_) {
            return roster_;
        }
        if (plan_.admin_email.empty() || plan_.admin_password.empty()) {
            return std::string(
                "orgs and devices are made by an admin: give --admin and --password");
        }
        roster_.tenants.resize(tenants);
        roster_.devices.resize(devices);
        rest_.ask({.method = "POST",
                   .path = "/sessions",
                   .token = {},
                   .body = json::serialize(json::object{{"email", plan_.admin_email},
                                                        {"password", plan_.admin_password}}),
                   .take = [this](const json::value& answer) { signed_in(answer); }});
        const std::string wrong = rest_.run(time_us_max);
        if (!wrong.empty()) {
            return "setup: " + wrong;
        }
        return roster_;
    }

  private:
    // What was made before hangs as this plan wants it.
    bool is_of_this_tree() const {
        for (std::uint32_t i = 0; i < roster_.tenants.size(); ++i) {
            const auto parent = parent_of(plan_, i);
            const std::uint64_t above =
                parent ? roster_.tenants[*parent].org : roster_.tenants.front().parent;
            if (roster_.tenants[i].parent != above) {
                return false;
            }
        }
        return true;
    }

    static std::uint64_t number(const json::value& answer, const char* key) {
        return answer.at(key).to_number<std::uint64_t>();
    }

    void signed_in(const json::value& answer) {
        admin_token_ = answer.at("access_token").as_string();
        const std::uint64_t home = number(answer, "home_org");
        for (std::size_t i = first_tenant_; i < roster_.tenants.size(); ++i) {
            const auto parent = parent_of(plan_, static_cast<std::uint32_t>(i));
            if (!parent) {
                make_org(i, home);
            } else if (*parent < first_tenant_) {
                make_org(i, roster_.tenants[*parent].org);
            }
        }
        for (std::size_t i = 0; i < first_tenant_; ++i) {
            make_devices(i);
        }
    }

    void make_org(std::size_t tenant, std::uint64_t parent) {
        post("/orgs",
             {{"parent", parent},
              {"name", "load " + run_ + " " + std::to_string(tenant)},
              {"can_create_suborgs", true}},
             [this, tenant](const json::value& answer) {
                 roster_.tenants[tenant].org = number(answer, "id");
                 roster_.tenants[tenant].parent = number(answer, "parent");
                 make_user(tenant);
                 make_devices(tenant);
                 make_orgs_below(tenant);
             });
    }

    void make_orgs_below(std::size_t tenant) {
        for (std::size_t i = tenant + 1; i < roster_.tenants.size(); ++i) {
            if (parent_of(plan_, static_cast<std::uint32_t>(i)) == tenant) {
                make_org(i, roster_.tenants[tenant].org);
            }
        }
    }

    void make_user(std::size_t tenant) {
        const std::string email = "load-" + run_ + "-" + std::to_string(tenant) + "@example.org";
        post("/orgs/" + std::to_string(roster_.tenants[tenant].org) + "/users",
             {{"email", email}, {"name", "load"}, {"role", role_staff}, {"password", password}},
             [this, tenant, email](const json::value&) { sign_in(tenant, email); });
    }

    void sign_in(std::size_t tenant, const std::string& email) {
        post("/sessions", {{"email", email}, {"password", password}},
             [this, tenant](const json::value& answer) {
                 roster_.tenants[tenant].access_token = answer.at("access_token").as_string();
             });
    }

    // The new devices of this tenant: device i belongs to tenant i mod the number of tenants.
    void make_devices(std::size_t tenant) {
        const std::string path =
            "/orgs/" + std::to_string(roster_.tenants[tenant].org) + "/devices";
        for (std::size_t i = first_device_; i < roster_.devices.size(); ++i) {
            if (i % roster_.tenants.size() != tenant) {
                continue;
            }
            roster_.devices[i].tenant = static_cast<std::uint32_t>(tenant);
            post(path, {{"name", "load " + std::to_string(i)}},
                 [this, i](const json::value& answer) {
                     roster_.devices[i].id = number(answer, "id");
                     roster_.devices[i].token = answer.at("token").as_string();
                 });
        }
    }

    void post(const std::string& path, const json::object& body, Rest::Take take) {
        rest_.ask({.method = "POST",
                   .path = path,
                   .token = path == "/sessions" ? std::string() : admin_token_,
                   .body = json::serialize(body),
                   .take = std::move(take)});
    }

    const LoadPlan& plan_;
    Rest rest_;
    Roster roster_;
    std::string run_;  // in every name, so that a later load finds its names free
    std::string admin_token_;
    std::size_t first_tenant_ = 0;  // of those that are made now
    std::size_t first_device_ = 0;
};

}  // namespace

ResultOf<Roster, std::string> make_roster(const LoadPlan& plan, const Target& target,
                                          Roster roster) {
    return Setup(plan, target, std::move(roster)).run();
}

}  // namespace treeline::load
